/** Makes pages that can be searched and read offline of README.md and docs. */
package dev.rapid4j.site;

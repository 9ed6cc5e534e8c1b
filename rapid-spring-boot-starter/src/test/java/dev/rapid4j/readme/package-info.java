/** The Spring application of the README. */
package dev.rapid4j.readme;

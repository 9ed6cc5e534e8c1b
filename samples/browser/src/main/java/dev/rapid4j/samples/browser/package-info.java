/** A browser for the tests of pages. */
package dev.rapid4j.samples.browser;

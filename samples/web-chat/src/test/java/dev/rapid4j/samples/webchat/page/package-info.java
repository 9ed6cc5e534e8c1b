/** The page in a real browser, with the real server behind it. */
package dev.rapid4j.samples.webchat.page;

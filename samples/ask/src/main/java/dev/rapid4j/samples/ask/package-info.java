/** Questions about one document, at the command line: text, Markdown or PDF. */
package dev.rapid4j.samples.ask;

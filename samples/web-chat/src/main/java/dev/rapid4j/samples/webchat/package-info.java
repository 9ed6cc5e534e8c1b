/** Questions to one's own documents in the browser. */
package dev.rapid4j.samples.webchat;

/** What there is to know about documents that are text already. */
package dev.rapid4j.samples.webchat.documents;

/**
 * Conversations about documents: what is said, what is remembered, and how answers are written. Knows nothing of HTTP.
 */
package dev.rapid4j.samples.webchat.chat;

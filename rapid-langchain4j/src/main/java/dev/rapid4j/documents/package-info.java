/**
 * RAPID over an embedding store: writes documents so that they can be put together again, finds the segments a question
 * is about, and sends the documents they come from to the target and the segments to the drafter, in one message.
 */
package dev.rapid4j.documents;

package dev.rapid4j;

/**
 * Where a long text stands in a conversation.
 *
 * @param message index of the user message among all messages, from 0
 * @param content index of the text among the contents of that message, from 0
 * @param start first character of the long text in that text
 * @param end the character after its last one
 */
public record LongText(int message, int content, int start, int end) {}

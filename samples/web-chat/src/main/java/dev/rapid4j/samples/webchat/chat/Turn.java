package dev.rapid4j.samples.webchat.chat;

import java.util.List;

/**
 * A question and its answers.
 *
 * @param documents those that were new with this question and have not been removed
 * @param answers the first is the one the conversation goes on with
 */
public record Turn(String question, List<Document> documents, List<Answer> answers) {}

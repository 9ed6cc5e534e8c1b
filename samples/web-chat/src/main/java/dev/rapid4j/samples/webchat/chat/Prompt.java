package dev.rapid4j.samples.webchat.chat;

import dev.langchain4j.data.message.ChatMessage;
import java.util.List;

/**
 * What is sent to the model.
 *
 * @param documents those it takes for long texts, in the order it counts them
 */
record Prompt(List<ChatMessage> messages, List<Document> documents) {}

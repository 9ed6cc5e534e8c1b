/** OpenAI's protocol, so that any of its clients can use the models: chats, completions, embeddings; and reranking. */
package dev.rapid4j.samples.webchat.openai;

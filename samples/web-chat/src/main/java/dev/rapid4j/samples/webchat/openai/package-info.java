/** OpenAI's chat-completions protocol, so that any OpenAI client can use the model. */
package dev.rapid4j.samples.webchat.openai;

/**
 * Renders the chat templates of Hugging Face checkpoints as transformers does, without dependencies; begin with
 * {@link dev.rapid4j.chattemplate.ChatTemplate}. Templates come from the network and are not trusted: they see only
 * values of their own and everything they do is counted.
 */
package dev.rapid4j.chattemplate;

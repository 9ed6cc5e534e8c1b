/**
 * RAPID for LangChain4j: {@link dev.rapid4j.RapidChatModel} and {@link dev.rapid4j.RapidStreamingChatModel}, the
 * {@link dev.rapid4j.RapidEngine} they share, their request parameters and response metadata.
 */
package dev.rapid4j;

/**
 * What a model's answer consists of: thinking, text up to a stop sequence, calls of tools, JSON. What form they have is
 * told from the chat template; an answer is held to it while it is written, and its tokens are told apart by it.
 */
package dev.rapid4j.internal.answer;

/** What a model writes, as the parts of an answer: text, up to a stop sequence. */
package dev.rapid4j.internal.answer;

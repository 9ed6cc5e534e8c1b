/**
 * Texts that follow rules, such as a JSON schema: which tokens may come next.
 *
 * <p>A {@link dev.rapid4j.internal.grammar.Rule} becomes the steps of a pushdown machine. Its terminals are automata
 * over bytes: a string, a number, the names of the properties that may come. A schema's references become calls, so it
 * may lead back to itself; all schemas that hold for one value are read as one before that, and what no automaton can
 * hold a value to is refused by name. Where a text is, is a set of places with stacks that share their frames and are
 * never changed: to go back is to keep the old one. For a mask, the vocabulary, sorted by bytes, is walked once for
 * each state of an automaton and the tokens that stay inside it are kept; those that leave it are walked on with the
 * stack. Bytes, not characters, so that a token may be half a character, or end one value and begin the next.
 */
package dev.rapid4j.internal.grammar;

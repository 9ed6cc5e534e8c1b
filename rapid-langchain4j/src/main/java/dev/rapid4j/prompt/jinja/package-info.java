/**
 * Internal: a small interpreter for the Jinja2 language as chat templates use it. Templates come from the network and
 * are not trusted: they see only {@link dev.rapid4j.prompt.jinja.Value}s and everything they do is counted in a
 * {@link dev.rapid4j.prompt.jinja.Budget}. Every character of a {@link dev.rapid4j.prompt.jinja.Text} remembers whether
 * it was written by the template or came in with the messages.
 */
package dev.rapid4j.prompt.jinja;

/**
 * From chat messages to the turns that target and drafter read: which part of a conversation is the long text, and the
 * passages in its place.
 */
package dev.rapid4j.internal.prompt;

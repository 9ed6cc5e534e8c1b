/**
 * From chat messages to what target and drafter read: which part of a conversation is the long text, the passages in
 * its place, and the checkpoint's chat template.
 */
package dev.rapid4j.internal.prompt;

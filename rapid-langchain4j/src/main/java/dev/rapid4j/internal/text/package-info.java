/**
 * What is read and told as text: characters, sizes, messages as plain text, the home folder, that of native libraries,
 * lines of the log.
 */
package dev.rapid4j.internal.text;

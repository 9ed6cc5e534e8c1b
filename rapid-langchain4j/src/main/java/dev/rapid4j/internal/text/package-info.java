/** Characters, sizes in bytes, and LangChain4j's messages as plain text. */
package dev.rapid4j.internal.text;

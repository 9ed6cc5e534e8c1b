/** Texts that follow rules, such as a JSON schema: which tokens may come next. */
package dev.rapid4j.internal.grammar;

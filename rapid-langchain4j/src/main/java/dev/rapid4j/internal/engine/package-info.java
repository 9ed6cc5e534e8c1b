/**
 * The way of a request, from LangChain4j's to its response: {@link dev.rapid4j.internal.engine.RequestQueue} lets one
 * in at a time, {@link dev.rapid4j.internal.engine.Pipeline} answers it.
 */
package dev.rapid4j.internal.engine;

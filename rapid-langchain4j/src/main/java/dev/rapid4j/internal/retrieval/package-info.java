/**
 * From a long text to the few passages the drafter reads: splitting by tokens, indexing with any LangChain4j embedding
 * model and store or with BGE-M3's three views, and choosing what answers the question best.
 */
package dev.rapid4j.internal.retrieval;

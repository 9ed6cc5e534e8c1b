/**
 * From a long text to the few passages the drafter reads: splitting by tokens, indexing with any LangChain4j embedding
 * model and store, and choosing what is most similar to the question.
 */
package dev.rapid4j.retrieval;

/** RAPID over many documents in an embedding store: in memory, or on PostgreSQL with pgvector. */
package dev.rapid4j.samples.documentstore;

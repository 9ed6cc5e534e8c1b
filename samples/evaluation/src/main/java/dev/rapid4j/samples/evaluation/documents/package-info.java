/** Real texts that come along, and questions about them. */
package dev.rapid4j.samples.evaluation.documents;

/** The published data of LongBench v2 and InfiniteBench, read record by record. */
package dev.rapid4j.samples.evaluation.data;

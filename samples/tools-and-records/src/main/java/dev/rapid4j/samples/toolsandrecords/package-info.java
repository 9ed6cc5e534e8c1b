/** An AI service with a record and one with a tool, over a contract, on a published model. */
package dev.rapid4j.samples.toolsandrecords;

/**
 * LangChain4j's own suites for models and AI services, on a published model of 0.5 billion weights. They are skipped
 * where there is none; what is off, and why, stands in each class.
 */
package dev.rapid4j.suites;

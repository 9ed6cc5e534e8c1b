/** The chat over HTTP: JSON, server-sent events, and who may ask. */
package dev.rapid4j.samples.webchat.web;

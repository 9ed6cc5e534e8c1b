package dev.rapid4j.samples.webchat.web;

/** Counts tokens as the model does; null while there is no model. */
@FunctionalInterface
interface TokenCount {

    Integer of(String text);
}

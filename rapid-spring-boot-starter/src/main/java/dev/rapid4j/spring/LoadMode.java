package dev.rapid4j.spring;

/** When models are loaded. */
public enum LoadMode {
    /** Models are loaded with the application context, which does not start without them. */
    EAGER,
    /** Models are loaded with the first request, which waits for them. */
    LAZY,
    /** Models are loaded while the application starts and afterwards; requests that come too early wait. */
    BACKGROUND
}

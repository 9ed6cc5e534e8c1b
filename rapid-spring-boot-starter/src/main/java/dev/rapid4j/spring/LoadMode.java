package dev.rapid4j.spring;

/** When models are loaded. */
public enum LoadMode {
    /** With the application context, which does not start without them. */
    EAGER,
    /** With the first request, which waits for them. */
    LAZY,
    /** While the application starts and afterwards; requests that come too early wait. */
    BACKGROUND
}

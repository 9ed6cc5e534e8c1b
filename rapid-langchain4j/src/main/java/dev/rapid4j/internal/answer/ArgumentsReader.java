package dev.rapid4j.internal.answer;

/** Reads a call's arguments, which come piece by piece, as JSON. */
interface ArgumentsReader {

    /**
     * @param text what has come; what is read is taken from it
     * @return the JSON that it amounts to, as far as that is certain; may be empty
     */
    String read(StringBuilder text);

    /** Whether what is left of the text is no part of the arguments. */
    boolean ended();
}

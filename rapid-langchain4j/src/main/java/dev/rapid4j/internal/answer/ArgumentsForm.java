package dev.rapid4j.internal.answer;

/** How the arguments of calls are written. */
enum ArgumentsForm {
    /** {@code {"place": "Paris", "days": 3}} */
    JSON,
    /** {@code <parameter=place>}, the value on lines of its own, {@code </parameter>}; texts stand as they are. */
    TAGS,
    /**
     * {@code place="Paris", days=3}, as in a call of Python; the values are JSON's, in which most literals are alike.
     */
    PYTHON
}

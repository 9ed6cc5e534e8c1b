package dev.rapid4j.chattemplate;

/** Bounds what one rendering may cost; templates are not trusted to end. */
final class Budget {
    /** The price of one syntax node, in characters looked at or copied. */
    static final int NODE = 16;

    static final int MAX_TEXT = 1 << 25;
    static final int MAX_ITEMS = 1 << 19;
    static final int MAX_RANGE = 100_000;
    static final int MAX_DEPTH = 400;
    static final int MAX_VALUE_DEPTH = 100;

    private static final long WORK = 1L << 28;
    private static final int WORK_PER_INPUT_CHARACTER = 100;

    private long left = WORK;
    private int depth;

    /** Raises the bound in proportion to the input, as long conversations may cost more. */
    void allowFor(long inputCharacters) {
        left += WORK_PER_INPUT_CHARACTER * inputCharacters;
    }

    void charge(long work) {
        left -= work;
        if (work < 0 || left < 0) {
            throw new TemplateError("the template does too much work");
        }
    }

    void enter() {
        if (++depth > MAX_DEPTH) {
            throw new TemplateError("the template nests or recurses too deeply");
        }
        charge(NODE);
    }

    void leave() {
        depth--;
    }

    static int checkLength(long characters) {
        if (characters > MAX_TEXT) {
            throw new TemplateError("a text grows over " + MAX_TEXT + " characters");
        }
        return (int) characters;
    }

    static int checkItems(long items) {
        if (items > MAX_ITEMS) {
            throw new TemplateError("a list grows over " + MAX_ITEMS + " items");
        }
        return (int) items;
    }
}

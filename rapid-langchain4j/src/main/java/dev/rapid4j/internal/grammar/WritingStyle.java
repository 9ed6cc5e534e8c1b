package dev.rapid4j.internal.grammar;

/**
 * Which white space a JSON text has had so far, and so probably goes on with: all on one line, say, or each property on
 * a line of its own. Only guesses come of it, so that what is not JSON does no harm. Immutable.
 */
final class WritingStyle {

    /** As transformers writes the examples that models have seen. */
    static final WritingStyle DEFAULT = new WritingStyle();

    private static final int OBJECT = 0;
    private static final int ARRAY = 1;

    /** Deeper objects and arrays are taken for objects. */
    private static final int MAX_DEPTH = 64;

    private static final int MAX_BLANK = 100;

    /** @param text white space, or of a line what is at its beginning, once for each object or array around it */
    private record Blank(boolean line, String text) {

        String at(int depth) {
            return line ? "\n" + text.repeat(Math.min(depth, MAX_DEPTH)) : text;
        }
    }

    private boolean inString;
    private boolean escaped;
    private int depth;

    /** A bit for each depth. */
    private long arrays;

    /** The last byte outside of strings that is no white space. */
    private int last;

    /** What came behind it. */
    private String blank = "";

    private Blank colon = new Blank(false, " ");

    /** Behind the opening bracket and behind a comma, of objects and arrays; {@code null} if there was none yet. */
    private Blank[] opening = new Blank[2];

    private Blank[] comma = new Blank[2];

    private WritingStyle() {}

    private WritingStyle(WritingStyle other) {
        inString = other.inString;
        escaped = other.escaped;
        depth = other.depth;
        arrays = other.arrays;
        last = other.last;
        blank = other.blank;
        colon = other.colon;
        opening = other.opening.clone();
        comma = other.comma.clone();
    }

    WritingStyle after(byte[] bytes) {
        if (staysInString(bytes)) {
            return this;
        }
        WritingStyle after = new WritingStyle(this);
        for (byte next : bytes) {
            after.read(next & 0xFF);
        }
        return after;
    }

    private boolean staysInString(byte[] bytes) {
        if (!inString || escaped) {
            return false;
        }
        for (byte next : bytes) {
            if (next == '"' || next == '\\') {
                return false;
            }
        }
        return true;
    }

    private void read(int next) {
        if (inString) {
            inString = escaped || next != '"';
            escaped = !escaped && next == '\\';
            return;
        }
        if (next == ' ' || next == '\n' || next == '\t') {
            blank = blank.length() < MAX_BLANK ? blank + (char) next : blank;
            return;
        }
        learn(next);
        inString = next == '"';
        blank = "";
        last = next;
        if (next == '{' || next == '[') {
            depth++;
            if (depth < MAX_DEPTH) {
                arrays = next == '[' ? arrays | 1L << depth : arrays & ~(1L << depth);
            }
        } else if (next == '}' || next == ']') {
            depth = Math.max(0, depth - 1);
        }
    }

    private int kind() {
        return depth < MAX_DEPTH && (arrays >> depth & 1) != 0 ? ARRAY : OBJECT;
    }

    private void learn(int next) {
        if (last == ':') {
            colon = new Blank(false, blank);
        } else if ((last == '{' || last == '[') && next != '}' && next != ']') {
            Blank seen = seen();
            opening[kind()] = seen;
            if (seen.line || comma[kind()] != null && comma[kind()].line) {
                comma[kind()] = seen.line ? seen : new Blank(false, " ");
            }
        } else if (last == ',') {
            comma[kind()] = seen();
        }
    }

    private Blank seen() {
        if (!blank.startsWith("\n")) {
            return new Blank(false, blank);
        }
        int length = blank.length() - 1;
        boolean even = depth > 0 && length % depth == 0;
        return new Blank(true, even ? blank.substring(1, 1 + length / depth) : "  ");
    }

    /** What may be expected of the white space from here to a byte that is none. */
    String blankBefore(int next) {
        Blank before = opening[kind()] == null ? opening[1 - kind()] : opening[kind()];
        Blank open = before == null ? new Blank(false, "") : before;
        String expected;
        if (last == ':') {
            expected = colon.text;
        } else if (next == '}' || next == ']') {
            expected = last == '{' || last == '[' ? "" : open.at(depth - 1);
        } else if (last == '{' || last == '[') {
            expected = open.at(depth);
        } else {
            Blank between = comma[kind()] == null ? comma[1 - kind()] : comma[kind()];
            expected = between == null ? " " : between.at(depth);
        }
        return expected.startsWith(blank) ? expected.substring(blank.length()) : "";
    }
}

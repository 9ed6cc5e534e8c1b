package dev.rapid4j.internal.answer;

/** Finds where a JSON object or array ends that comes piece by piece. */
final class JsonEnd {

    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean reached;

    /** @return how much of a further piece belongs to it */
    int length(CharSequence piece) {
        int length = 0;
        while (length < piece.length() && !reached) {
            add(piece.charAt(length++));
        }
        return length;
    }

    private void add(char next) {
        if (escaped) {
            escaped = false;
        } else if (inString) {
            escaped = next == '\\';
            inString = next != '"';
        } else if (next == '"') {
            inString = true;
        } else if (next == '{' || next == '[') {
            depth++;
        } else if (next == '}' || next == ']') {
            depth--;
            reached = depth == 0;
        }
    }

    boolean isReached() {
        return reached;
    }
}

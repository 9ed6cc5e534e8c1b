package dev.rapid4j.internal.answer;

/** Arguments that are JSON, an object or an array, as they stand. */
final class JsonArguments implements ArgumentsReader {

    private boolean begun;
    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean ended;

    @Override
    public String read(StringBuilder text) {
        if (!begun) {
            text.delete(0, text.length() - text.toString().stripLeading().length());
        }
        int length = 0;
        while (length < text.length() && !ended) {
            add(text.charAt(length++));
        }
        begun |= length > 0;
        String piece = text.substring(0, length);
        text.delete(0, length);
        return piece;
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
            ended = depth == 0;
        }
    }

    @Override
    public boolean ended() {
        return ended;
    }
}

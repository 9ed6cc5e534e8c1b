package dev.rapid4j.internal.answer;

import dev.rapid4j.TokenSource;
import java.util.ArrayList;
import java.util.List;

/** Text without the white space that only sets it apart from what stands before and behind it. */
final class TrimmedText {

    private final TextStream.Sink sink;
    private final StringBuilder text = new StringBuilder();
    private final List<Space> spaces = new ArrayList<>();
    private final boolean atStart;
    private boolean paragraph;

    /** White space that waits for text behind it. */
    private record Space(String text, TokenSource source) {}

    /** @param atStart whether white space at the beginning is left out, too */
    TrimmedText(boolean atStart, TextStream.Sink sink) {
        this.atStart = atStart;
        this.sink = sink;
    }

    void add(String piece, TokenSource source) {
        String trimmed = atStart && text.isEmpty() && spaces.isEmpty() ? piece.stripLeading() : piece;
        String kept = trimmed.stripTrailing();
        if (!kept.isEmpty()) {
            flush();
            emit(kept, source);
        }
        if (kept.length() < trimmed.length()) {
            spaces.add(new Space(trimmed.substring(kept.length()), source));
        }
    }

    /** What comes next is set apart from what there is. */
    void beginParagraph() {
        spaces.clear();
        paragraph = !text.isEmpty();
    }

    /** Lets white space at the end be part of the text after all. */
    void flush() {
        spaces.forEach(space -> emit(space.text(), space.source()));
        spaces.clear();
    }

    private void emit(String piece, TokenSource source) {
        if (paragraph) {
            paragraph = false;
            emit("\n\n", source);
        }
        text.append(piece);
        sink.accept(piece, source);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}

package dev.rapid4j.samples.evaluation.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;
import java.util.Optional;

/** Reads lines that strangers wrote: of one that is too long no more is kept than shows that it is. */
public final class LineReader implements Closeable {

    private final Reader reader;
    private final int mostCharacters;
    private final char[] buffer = new char[1 << 16];
    private int start;
    private int end;

    public LineReader(Reader reader, int mostCharacters) {
        this.reader = reader;
        this.mostCharacters = mostCharacters;
    }

    /** The next line without its end, nothing at the end; of a line that is too long one character too many. */
    public Optional<String> next() throws IOException {
        StringBuilder line = new StringBuilder();
        boolean ended = false;
        while (!ended && (start < end || fill())) {
            int stop = start;
            while (stop < end && buffer[stop] != '\n') {
                stop++;
            }
            line.append(buffer, start, Math.min(stop - start, mostCharacters + 1 - line.length()));
            ended = stop < end;
            start = ended ? stop + 1 : end;
        }
        return ended || !line.isEmpty() ? Optional.of(line.toString()) : Optional.empty();
    }

    public boolean isTooLong(String line) {
        return line.length() > mostCharacters;
    }

    private boolean fill() throws IOException {
        start = 0;
        end = Math.max(0, reader.read(buffer));
        return end > 0;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}

package dev.rapid4j.samples.evaluation.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.rapid4j.samples.evaluation.data.LineReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The folder of a run, to read: {@code run.json} and {@code answers.jsonl}. */
public final class RunFolder {

    static final String RUN = "run.json";
    static final String ANSWERS = "answers.jsonl";

    /** Bytes or characters; some ten times what the longest answers of the largest context windows take. */
    static final int MAX_LINE = 1 << 24;

    private final Path folder;
    private final Run run;

    private RunFolder(Path folder, Run run) {
        this.folder = folder;
        this.run = run;
    }

    /**
     * A folder that is there, to read.
     *
     * @throws RunException if it is not the folder of a run, or was written by another version
     */
    public static RunFolder open(Path folder) {
        Path file = folder.resolve(RUN);
        if (!Files.isRegularFile(file)) {
            throw new RunException(folder + " is not the folder of a run: it has no " + RUN);
        }
        try {
            return new RunFolder(folder, RunJson.MAPPER.readValue(file.toFile(), Run.class));
        } catch (JsonProcessingException e) {
            throw new RunException(
                    "%s is damaged, or of another version: %s; start the run anew"
                            .formatted(file, e.getOriginalMessage()),
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path path() {
        return folder;
    }

    public Run run() {
        return run;
    }

    /**
     * The answers so far, one at a time, in the order in which they were given. Close the stream. A last line that is
     * not whole, as a killed process leaves it, is no answer; while the stream is read, {@link RunException} tells of
     * any other line that is none.
     */
    public Stream<Answer> answers() {
        Path file = folder.resolve(ANSWERS);
        if (!Files.exists(file)) {
            return Stream.empty();
        }
        try {
            LineReader reader = new LineReader(Files.newBufferedReader(file), MAX_LINE);
            return StreamSupport.stream(
                            Spliterators.spliteratorUnknownSize(
                                    new Answers(file, reader), Spliterator.ORDERED | Spliterator.NONNULL),
                            false)
                    .onClose(() -> {
                        try {
                            reader.close();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Answers implements Iterator<Answer> {

        private final Path file;
        private final LineReader reader;
        private long number;
        private Answer next;

        Answers(Path file, LineReader reader) {
            this.file = file;
            this.reader = reader;
        }

        @Override
        public boolean hasNext() {
            if (next == null) {
                next = read();
            }
            return next != null;
        }

        @Override
        public Answer next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Answer answer = next;
            next = null;
            return answer;
        }

        private Answer read() {
            try {
                Optional<String> line = reader.next();
                number++;
                if (line.isEmpty()) {
                    return null;
                }
                try {
                    return answer(line.get());
                } catch (JsonProcessingException e) {
                    if (reader.next().isEmpty()) {
                        return null;
                    }
                    throw new RunException(
                            "%s is damaged in line %,d: %s".formatted(file, number, e.getOriginalMessage()), e);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be read", e);
            }
        }

        private Answer answer(String line) throws JsonProcessingException {
            if (reader.isTooLong(line)) {
                throw new StreamConstraintsException("it has more than %,d characters".formatted(MAX_LINE));
            }
            return RunJson.MAPPER.readValue(line, Answer.class);
        }
    }
}

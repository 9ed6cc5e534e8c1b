package dev.rapid4j.samples.evaluation.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** The objects of a file, one after the other. */
abstract sealed class RecordSource implements AutoCloseable {

    /**
     * The longest context of LongBench v2 has 2 million words; the limit keeps a record well below what a heap holds.
     */
    private static final int MAX_TEXT_CHARACTERS = 200_000_000;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(MAX_TEXT_CHARACTERS)
                    .build())
            .build();

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    final Path file;
    long number;

    private RecordSource(Path file) {
        this.file = file;
    }

    /** @throws DataException if the file cannot be read or begins with neither an array nor an object */
    static RecordSource open(Path file) {
        try {
            BufferedReader reader = Files.newBufferedReader(file);
            try {
                return switch (firstCharacter(reader)) {
                    case '[' -> new ArraySource(file, JSON.createParser(reader));
                    case '{' -> new LineSource(file, reader);
                    default -> throw notJson(file);
                };
            } catch (IOException | RuntimeException e) {
                reader.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Leaves the reader before it. */
    private static int firstCharacter(BufferedReader reader) throws IOException {
        int character;
        do {
            reader.mark(1);
            character = reader.read();
        } while (character == BYTE_ORDER_MARK || character >= 0 && Character.isWhitespace(character));
        reader.reset();
        return character;
    }

    /** The number of the record that was read last, from 1. */
    final long number() {
        return number;
    }

    /**
     * The next record, nothing at the end.
     *
     * @throws InvalidRecordException if it is no record, but the next may be one
     * @throws DataException if the file cannot be read further
     */
    final Optional<Fields> next() {
        try {
            return read();
        } catch (StreamConstraintsException e) {
            throw new DataException("%s: record %d is nested too deep or has a text of more than %,d characters"
                    .formatted(file, number, MAX_TEXT_CHARACTERS));
        } catch (JsonProcessingException e) {
            throw new DataException("%s is damaged in record %d (%s); delete %s and download it again"
                    .formatted(file, number, at(e), target(file)));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** The file itself: in the hub's cache, there are links to files. */
    private static Path target(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file;
        }
    }

    abstract Optional<Fields> read() throws IOException;

    abstract void closeInput() throws IOException;

    @Override
    public void close() {
        try {
            closeInput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DataException notJson(Path file) {
        return new DataException(file + " is not JSON: it should be one array of objects, or an object on each line");
    }

    private static DataException unreadable(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new DataException(file + " does not exist", e);
        }
        if (e instanceof CharacterCodingException) {
            return new DataException(file + " is not text in UTF-8; if it is compressed, unpack it", e);
        }
        return new DataException(file + " cannot be read: " + e.getClass().getSimpleName(), e);
    }

    /** Not the message, which may quote the text. */
    private static String at(JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        return location == null
                ? e.getClass().getSimpleName()
                : "line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
    }

    private static final class ArraySource extends RecordSource {

        private final JsonParser parser;

        ArraySource(Path file, JsonParser parser) throws IOException {
            super(file);
            this.parser = parser;
            parser.nextToken();
        }

        @Override
        Optional<Fields> read() throws IOException {
            number++;
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_OBJECT) {
                return Optional.of(Fields.read(parser));
            }
            if (token == JsonToken.END_ARRAY) {
                if (parser.nextToken() != null) {
                    throw new DataException(file + " goes on after its array; join them, or put a record on each line");
                }
                return Optional.empty();
            }
            parser.skipChildren();
            throw new InvalidRecordException("it is not an object");
        }

        @Override
        void closeInput() throws IOException {
            parser.close();
        }
    }

    private static final class LineSource extends RecordSource {

        private final LineReader reader;
        private boolean json;

        LineSource(Path file, BufferedReader reader) {
            super(file);
            this.reader = new LineReader(reader, MAX_TEXT_CHARACTERS);
        }

        @Override
        Optional<Fields> read() throws IOException {
            Optional<String> line = line();
            while (line.isPresent() && line.get().isBlank()) {
                line = line();
            }
            if (line.isEmpty()) {
                if (!json) {
                    throw notJson(file);
                }
                return Optional.empty();
            }
            try (JsonParser parser = JSON.createParser(line.get())) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw new InvalidRecordException("it is not an object");
                }
                Fields fields = Fields.read(parser);
                if (parser.nextToken() != null) {
                    throw new InvalidRecordException("the line goes on after the object");
                }
                json = true;
                return Optional.of(fields);
            } catch (JsonProcessingException e) {
                throw new InvalidRecordException("the line is not JSON");
            }
        }

        private Optional<String> line() throws IOException {
            number++;
            Optional<String> line = reader.next();
            if (line.filter(reader::isTooLong).isPresent()) {
                throw new InvalidRecordException(
                        "the line has more than %,d characters".formatted(MAX_TEXT_CHARACTERS));
            }
            return line;
        }

        @Override
        void closeInput() throws IOException {
            reader.close();
        }
    }
}

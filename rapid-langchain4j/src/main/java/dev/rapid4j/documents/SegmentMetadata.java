package dev.rapid4j.documents;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.internal.text.Characters;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a segment says about its place. Stores keep numbers as text, or as other numbers than they were given, and hold
 * what others wrote: whatever makes no sense is absent.
 *
 * @param documentId as it stands in the store, so that a filter can be made of it
 * @param version of the document; 0 if there is none
 * @param position number among the document's segments, from 0
 * @param segments how many the document has
 * @param start first character in the document
 * @param end the character after the last one
 * @param title one line
 */
record SegmentMetadata(
        Optional<Object> documentId,
        long version,
        OptionalInt position,
        OptionalInt segments,
        OptionalInt start,
        OptionalInt end,
        Optional<String> title) {

    static final String VERSION = "document_version";
    static final String SEGMENTS = "document_segments";
    /** Begins the ids of documents that have no better one. */
    static final String HASH_PREFIX = "sha256:";

    private static final int TITLE_CHARACTERS = 200;

    static SegmentMetadata of(Metadata metadata, String documentIdKey) {
        Optional<Object> id = Optional.ofNullable(metadata.toMap().get(documentIdKey))
                .filter(value -> !value.toString().isBlank());
        return new SegmentMetadata(
                id,
                number(metadata, VERSION).orElse(0L),
                index(metadata, TokenDocumentSplitter.INDEX),
                index(metadata, SEGMENTS),
                index(metadata, TokenDocumentSplitter.START),
                index(metadata, TokenDocumentSplitter.END),
                text(metadata, RapidDocumentIngestor.TITLE)
                        .or(() -> text(metadata, Document.FILE_NAME))
                        .or(() -> id.map(Object::toString).filter(value -> !value.startsWith(HASH_PREFIX)))
                        .map(SegmentMetadata::line)
                        .filter(line -> !line.isEmpty()));
    }

    static Optional<String> text(Metadata metadata, String key) {
        return Optional.ofNullable(metadata.toMap().get(key))
                .map(Object::toString)
                .filter(value -> !value.isBlank());
    }

    private static OptionalInt index(Metadata metadata, String key) {
        return number(metadata, key)
                .filter(value -> value <= Integer.MAX_VALUE)
                .map(value -> OptionalInt.of(value.intValue()))
                .orElse(OptionalInt.empty());
    }

    /** A whole number of at least 0. */
    private static Optional<Long> number(Metadata metadata, String key) {
        return text(metadata, key).filter(value -> value.length() <= 32).flatMap(value -> {
            try {
                // the exponent must not be expanded before it is known to be small
                BigDecimal number = new BigDecimal(value.strip());
                return number.signum() < 0 || Math.abs((long) number.scale()) > 32
                        ? Optional.empty()
                        : Optional.of(number.longValueExact());
            } catch (ArithmeticException | NumberFormatException e) {
                return Optional.empty();
            }
        });
    }

    private static String line(String text) {
        String line = text.replaceAll("[\\s\\p{Z}\\p{Cntrl}]+", " ").strip();
        int end = Math.min(line.length(), TITLE_CHARACTERS);
        return line.substring(0, Characters.splitsPair(line, end) ? end - 1 : end);
    }
}

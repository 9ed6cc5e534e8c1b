package dev.rapid4j.samples.documentstore;

import dev.langchain4j.data.document.Document;
import dev.langchain4j.data.document.Metadata;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Registers of lighthouses, as documents. No place is in two of them, so that a question has one right answer.
 *
 * @param all the lighthouses of all registers
 * @param count how many registers there are
 */
record Registers(LighthouseRegister all, int count) {

    static final int LIGHTHOUSES = 50;

    /** So many registers; the first ones are the same whatever their number. */
    static Registers of(int count) {
        return new Registers(LighthouseRegister.generate(count * LIGHTHOUSES, 2026), count);
    }

    List<Document> documents() {
        return IntStream.range(0, count).mapToObj(this::document).toList();
    }

    private Document document(int i) {
        LighthouseRegister register =
                new LighthouseRegister(all.lighthouses().subList(i * LIGHTHOUSES, (i + 1) * LIGHTHOUSES));
        return Document.from(
                register.text(),
                Metadata.from(RapidDocumentIngestor.DOCUMENT_ID, "register-" + (i + 1))
                        .put(RapidDocumentIngestor.TITLE, "Register " + (i + 1)));
    }

    List<Question> questions() {
        return Stream.of(
                        all.questions(Kind.FACT, 2, 1),
                        all.questions(Kind.ENTRY, 1, 2),
                        all.questions(Kind.SEVERAL_ENTRIES, 1, 3))
                .flatMap(List::stream)
                .toList();
    }
}

package dev.rapid4j.samples.documentstore;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.service.Result;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.documents.RapidDocumentIngestor;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Asks questions about many registers of lighthouses, of which each answer needs one or two: RAPID finds them in an
 * embedding store and reads them whole.
 *
 * <p>The store is in memory, or on PostgreSQL if the environment variable {@value #URL} says where one is, as
 * {@code jdbc:postgresql://host/database?user=…&password=…}. There the documents stay: a second start finds them.
 *
 * <p>Argument: the number of registers, by default 12.
 */
public final class DocumentStore {

    private static final String URL = "RAPID_PGVECTOR_URL";
    private static final String TABLE = "lighthouse_registers";
    private static final int DEFAULT_REGISTERS = 12;

    private DocumentStore() {}

    public static void main(String[] arguments) {
        Registers registers = Registers.of(arguments.length == 0 ? DEFAULT_REGISTERS : Integer.parseInt(arguments[0]));
        String url = System.getenv(URL);
        System.out.printf(
                "%d registers of %d lighthouses each; the store is %s.%n",
                registers.count(),
                Registers.LIGHTHOUSES,
                url == null ? "in memory (set " + URL + " to use PostgreSQL)" : "the table " + TABLE);
        System.out.println("Ingesting those that it does not have ...");

        try (RapidEmbeddingModel embeddingModel = RapidEmbeddingModel.builder()
                        .model(LighthouseEmbedding.directory())
                        .build();
                Library library = Library.open(store(url, embeddingModel.dimension()), embeddingModel)) {
            long start = System.nanoTime();
            int ingested = library.ingestMissing(registers.documents());
            System.out.printf(
                    "%d of them found in the store, %d ingested; %.1f s.%n",
                    registers.count() - ingested, ingested, (System.nanoTime() - start) / 1e9);
            Librarian librarian = library.librarian();
            registers.questions().forEach(question -> ask(librarian, question));
        }
    }

    private static EmbeddingStore<TextSegment> store(String url, int dimension) {
        return url == null ? new InMemoryEmbeddingStore<>() : Stores.pgvector(Stores.dataSource(url), TABLE, dimension);
    }

    private static void ask(Librarian librarian, Question question) {
        System.out.printf("%n> %s%n", question.text());
        long start = System.nanoTime();
        Result<String> result = librarian.answer(question.text());
        double seconds = (System.nanoTime() - start) / 1e9;
        RapidChatResponseMetadata metadata =
                (RapidChatResponseMetadata) result.finalResponse().metadata();
        System.out.printf(
                "%s%n  [%s, %.1f s]%n",
                result.content(), result.content().equals(question.answer()) ? "right" : "wrong", seconds);
        System.out.printf("  segments found: %s%n", sources(result));
        System.out.printf(
                "  the target read %,d tokens, the drafter %,d, in %d passages; %.0f%% of what it drafted was accepted%n",
                metadata.statistics().targetPromptTokens(),
                metadata.statistics().drafterPromptTokens(),
                metadata.passages().size(),
                100 * metadata.statistics().acceptanceRate());
    }

    private static String sources(Result<String> result) {
        Map<String, Long> segments = result.sources().stream()
                .collect(groupingBy(
                        content -> content.textSegment().metadata().getString(RapidDocumentIngestor.TITLE),
                        LinkedHashMap::new,
                        counting()));
        return String.join(
                ", ",
                segments.entrySet().stream()
                        .map(entry -> "%d in %s".formatted(entry.getValue(), entry.getKey()))
                        .toList());
    }
}

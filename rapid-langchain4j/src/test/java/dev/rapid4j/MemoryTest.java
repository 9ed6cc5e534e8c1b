package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.QwenTokens;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Native memory is not the garbage collector's: what is not released shows in the size of the process. */
@Tag("slow")
@Timeout(300)
class MemoryTest {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");

    @Test
    void aThousandGenerationsDoNotGrowTheProcess() throws IOException {
        assumeTrue(Files.exists(STATUS), "only Linux tells a process's size in " + STATUS);
        try (RapidChatModel model = RapidChatModel.builder()
                .target(Golden.path("llama3-tiny"))
                .drafter(Golden.path("llama3-tiny"))
                .cacheBytes(8 << 20)
                .maxOutputTokens(3)
                .build()) {
            long before = leastNativeMegabytes(times -> generate(model, times), 400);
            long after = leastNativeMegabytes(times -> generate(model, times), 600);

            assertThat(after - before).as("growth in MB").isLessThan(32);
        }
    }

    @Test
    void textsThatComeAndGoDoNotGrowTheProcess() throws IOException {
        assumeTrue(Files.exists(STATUS), "only Linux tells a process's size in " + STATUS);
        try (RapidEmbeddingModel model = RapidEmbeddingModel.builder()
                        .model(Golden.path("bge-m3-tiny"))
                        .build();
                PassageRetriever retriever = PassageRetriever.builder()
                        .embeddingModel(model.encoder())
                        .splitter(new TokenDocumentSplitter(new QwenTokens(), 64))
                        .maxCachedTexts(2)
                        .build()) {
            long before = leastNativeMegabytes(times -> index(retriever, times), 40);
            long after = leastNativeMegabytes(times -> index(retriever, times), 120);

            // some 50 MB if token vectors were kept
            assertThat(after - before).as("growth in MB").isLessThan(32);
        }
    }

    /** Every text is a new one; at times indexing is cancelled in the middle. */
    private static void index(PassageRetriever retriever, int times) {
        for (int i = 0; i < times; i++) {
            String text = System.nanoTime() + " bottles of beer on the wall".repeat(400);
            AtomicInteger asked = new AtomicInteger();
            int patience = i % 4 == 0 ? 1 : Integer.MAX_VALUE;
            try {
                retriever.retrieve(
                        List.of(text),
                        "bottles",
                        new RetrievalSettings(3, 0),
                        () -> asked.getAndIncrement() > patience);
                assertThat(patience).isGreaterThan(1);
            } catch (CancellationException e) {
                assertThat(patience).isOne();
            }
        }
    }

    /** Every conversation is a new one, so that caches come and go; at times one is cut short by an exception. */
    private static void generate(RapidChatModel model, int times) {
        for (int i = 0; i < times; i++) {
            ChatRequest request = ChatRequest.builder()
                    .messages(
                            UserMessage.from(i + " ".repeat(i % 7) + "bottles of beer on the wall ".repeat(1 + i % 11)))
                    .parameters(RapidChatRequestParameters.builder()
                            .mode(Mode.values()[i % Mode.values().length])
                            .temperature(i % 3 == 0 ? 1.0 : 0.0)
                            .seed(i)
                            .build())
                    .build();
            assertThat(model.chat(request).tokenUsage().outputTokenCount()).isLessThanOrEqualTo(3);
        }
    }

    /**
     * Of several measurements the smallest: the allocators of libtorch and of the JVM's compiler hold on to memory for
     * a while, a leak never lets go.
     */
    private static long leastNativeMegabytes(IntConsumer work, int times) throws IOException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            work.accept(times / 4);
            least = Math.min(least, nativeMegabytes());
        }
        return least;
    }

    /** What the process has in memory beyond the heap. */
    private static long nativeMegabytes() throws IOException {
        System.gc();
        Matcher matcher = RESIDENT.matcher(Files.readString(STATUS));
        assertThat(matcher.find()).isTrue();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
        return (Long.parseLong(matcher.group(1)) >> 10) - (heap >> 20);
    }
}

package dev.rapid4j.internal.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.Retrieval;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.embedding.EncoderEmbeddingModel;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredIndexesTest {

    private static final String TEXT = IntStream.range(0, 12)
            .mapToObj(i -> "The lighthouse number " + i + " was lit in " + (1700 + 7 * i) + ", and has a red tower.")
            .collect(Collectors.joining("\n\n"));
    private static final RetrievalSettings SETTINGS = new RetrievalSettings(4, -1);

    @TempDir
    private Path folder;

    private final List<Integer> embedded = new ArrayList<>();

    private Retrieval ask(EmbeddingModel model, PassageRanking ranking, int passageTokens) {
        embedded.clear();
        try (PassageRetriever retriever = retriever(model, ranking, passageTokens)) {
            return retriever.retrieve(TEXT, "Which was lit in 1742?", SETTINGS);
        }
    }

    private PassageRetriever retriever(EmbeddingModel model, PassageRanking ranking, int passageTokens) {
        return PassageRetriever.builder()
                .embeddingModel(model)
                .splitter(new TokenDocumentSplitter(new QwenTokens(), passageTokens))
                .passageRanking(ranking)
                .listener((done, total) -> embedded.add(done))
                .diskCache(DiskCache.open(folder, Long.MAX_VALUE))
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void aTextIsEmbeddedOnceForAllProcesses(PassageRanking ranking) {
        Retrieval first;
        try (EncoderEmbeddingModel model = encoder()) {
            first = ask(model, ranking, 32);
            assertThat(embedded).isNotEmpty();
        }
        try (EncoderEmbeddingModel model = encoder()) {
            assertThat(ask(model, ranking, 32).passages()).isEqualTo(first.passages());
            assertThat(embedded).isEmpty();
            ask(model, ranking, 40);
            assertThat(embedded).isNotEmpty();
        }
    }

    @Test
    void aModelThatDoesNotTellItsNameIsNotTrusted() {
        ask(new BagOfWords(), PassageRanking.DENSE, 32);
        assertThat(folder).isEmptyDirectory();

        ask(named("one"), PassageRanking.DENSE, 32);
        ask(named("one"), PassageRanking.DENSE, 32);
        assertThat(embedded).isEmpty();
        ask(named("another"), PassageRanking.DENSE, 32);
        assertThat(embedded).isNotEmpty();
    }

    @Test
    void theWordsAreNotOnTheDiskAndAForgottenTextIsGone() throws IOException {
        ask(named("one"), PassageRanking.DENSE, 32);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(new String(Files.readAllBytes(files.findFirst().orElseThrow()), StandardCharsets.ISO_8859_1))
                    .doesNotContain("lighthouse");
        }
        try (PassageRetriever retriever = retriever(named("another"), PassageRanking.DENSE, 40)) {
            assertThat(retriever.forget("another text")).isFalse();
            assertThat(retriever.forget(TEXT)).isTrue();
        }
        assertThat(folder).isEmptyDirectory();
    }

    private static EmbeddingModel named(String name) {
        return new BagOfWords() {
            @Override
            public String modelName() {
                return name;
            }
        };
    }

    private static EncoderEmbeddingModel encoder() {
        return EncoderEmbeddingModel.builder().model(Golden.path("bge-m3-tiny")).build();
    }
}

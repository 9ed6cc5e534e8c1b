package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.data.segment.TextSegment;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RapidScoringModelTest {

    @TempDir
    Path folder;

    private static RapidScoringModel.Builder reranker(String name) {
        return RapidScoringModel.builder()
                .model(Golden.path("encoders/" + name))
                .device("cpu");
    }

    /** Pairs that fit and that do not, whose question is the longer one, both of which are too long, empty ones. */
    @ParameterizedTest
    @ValueSource(strings = {"xlm-roberta-reranker", "bert-reranker", "modernbert-reranker", "qwen3-reranker"})
    void scoresPairsAsTransformersDoes(String name) {
        JsonNode expected = Golden.json("encoders/" + name + "/expected.json");
        Map<String, List<JsonNode>> byQuery = new LinkedHashMap<>();
        expected.get("pairs")
                .forEach(pair -> byQuery.computeIfAbsent(pair.get("query").textValue(), query -> new ArrayList<>())
                        .add(pair));
        int maxTokens = expected.get("max_tokens").intValue();
        try (RapidScoringModel model =
                reranker(name).maxTokens(maxTokens).normalize(false).build()) {
            byQuery.forEach((query, pairs) -> {
                // LangChain4j has no empty segments
                List<JsonNode> some = pairs.stream()
                        .filter(pair -> !pair.get("document").textValue().isEmpty())
                        .toList();
                List<Double> scores = model.scoreAll(
                                some.stream()
                                        .map(pair -> TextSegment.from(
                                                pair.get("document").textValue()))
                                        .toList(),
                                query)
                        .content();
                for (int i = 0; i < scores.size(); i++) {
                    assertThat(scores.get(i))
                            .as(some.get(i).toString())
                            .isCloseTo(some.get(i).get("score").doubleValue(), within(1e-5));
                }
            });
            assertThat(model.maxTokens()).isEqualTo(maxTokens);
            assertThat(model.truncatedInputs()).isBetween(1L, 8L);
        }
    }

    @Test
    void scoresAreBetweenZeroAndOneUnlessToldOtherwise() {
        try (RapidScoringModel normalized = reranker("bert-reranker").build();
                RapidScoringModel plain =
                        reranker("bert-reranker").normalize(false).build()) {
            double logit = plain.score("the lamp", "the light").content();
            assertThat(logit).isGreaterThan(1);
            assertThat(normalized.score("the lamp", "the light").content())
                    .isCloseTo(1 / (1 + Math.exp(-logit)), within(1e-12));
            assertThat(normalized.scoreAll(List.of(), "the light").content()).isEmpty();
        }
    }

    @Test
    void eightBitWeightsOfADecoderStayNear() {
        try (RapidScoringModel exact = reranker("qwen3-reranker").build();
                RapidScoringModel rounded =
                        reranker("qwen3-reranker").weights(WeightFormat.INT8).build()) {
            assertThat(rounded.score("the lamp", "the light").content())
                    .isCloseTo(exact.score("the lamp", "the light").content(), within(0.02));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "config.json | model_type | \"qwen2\" | model_type is \"qwen2\"; supported decoders that score texts are those of Qwen3-Reranker",
                "config.json | architectures | [\"Qwen3ForSequenceClassification\"] | supported for scoring is Qwen3ForCausalLM",
                "1_LogitScore/config.json | false_token_id | null | false_token_id is null; supported are rerankers that say yes or no",
                "1_LogitScore/config.json | true_token_id | 7 | compares the logits of other tokens than those of \"yes\" and \"no\"",
            })
    void refusesADecoderThatScoresOtherwise(String file, String field, String value, String message)
            throws IOException {
        EditedFiles.copyGolden("encoders/qwen3-reranker", folder);
        EditedFiles.edit(folder.resolve(file), json -> json.set(field, EditedFiles.json(value)));
        assertThatThrownBy(() ->
                        RapidScoringModel.builder().model(folder).device("cpu").build())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    @Test
    void nothingToScoreIsNamed() {
        try (RapidScoringModel model = reranker("bert-reranker").build()) {
            assertThatThrownBy(() -> model.scoreAll(null, "the light"))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessage("segments");
            assertThatThrownBy(() -> model.scoreAll(Arrays.asList((TextSegment) null), "the light"))
                    .isInstanceOf(NullPointerException.class)
                    .hasMessage("segment");
        }
    }

    @Test
    void saysWhichModelAnEncoderIsFor() {
        assertThatThrownBy(() -> RapidScoringModel.builder()
                        .model(Golden.path("encoders/mpnet"))
                        .build())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("it embeds texts and does not score them, so give it to RapidEmbeddingModel");
        assertThatThrownBy(() -> RapidEmbeddingModel.builder()
                        .model(Golden.path("encoders/bert-reranker"))
                        .build())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("it scores texts and does not embed them, so give it to RapidScoringModel");
    }

    @Test
    void aClosedModelSaysSo() {
        RapidScoringModel model = reranker("bert-reranker").build();
        model.close();
        assertThatThrownBy(() -> model.score("the lamp", "the light"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("The scoring model bert-reranker is closed");
    }

    @Test
    void refusesALengthThatLeavesNoRoomForBothTexts() {
        assertThatThrownBy(() -> reranker("bert-reranker").maxTokens(4).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxTokens must be from 5 to 64");
    }
}

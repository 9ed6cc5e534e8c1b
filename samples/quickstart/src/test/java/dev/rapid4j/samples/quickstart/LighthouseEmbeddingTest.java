package dev.rapid4j.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.BgeM3Embedding;
import dev.rapid4j.RapidEmbeddingModel;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LighthouseEmbeddingTest {

    private static final Offset<Float> ROUNDING = within(1e-5f);

    private static RapidEmbeddingModel model;

    /**
     * What {@code trainer/evaluate_lighthouse_embedding.py} computed with transformers.
     *
     * @param tokenVectors of each the first components
     */
    private record Expected(
            String text, int[] ids, float[] dense, Map<Integer, Float> lexicalWeights, float[][] tokenVectors) {}

    @BeforeAll
    static void load() {
        model = RapidEmbeddingModel.builder()
                .model(LighthouseEmbedding.directory())
                .build();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void theViewsAreThoseOfTransformers() throws IOException {
        List<Expected> expected;
        try (InputStream json = getClass().getResourceAsStream("/lighthouse-embedding.json")) {
            expected = new ObjectMapper().readValue(json, new TypeReference<List<Expected>>() {});
        }

        List<BgeM3Embedding> views =
                model.embedViews(expected.stream().map(Expected::text).toList());

        for (int i = 0; i < expected.size(); i++) {
            assertSame(views.get(i), expected.get(i));
        }
    }

    private static void assertSame(BgeM3Embedding views, Expected expected) {
        assertThat(views.dense().vector()).containsExactly(expected.dense(), ROUNDING);
        assertThat(views.lexicalWeights()).hasSameSizeAs(expected.lexicalWeights());
        expected.lexicalWeights()
                .forEach((id, weight) ->
                        assertThat(views.lexicalWeights().get(id)).isCloseTo(weight, ROUNDING));
        assertThat(views.tokenVectors()).hasSameDimensionsAs(new float[expected.ids().length - 1][model.dimension()]);
        for (int token = 0; token < expected.tokenVectors().length; token++) {
            float[] first = expected.tokenVectors()[token];
            assertThat(Arrays.copyOf(views.tokenVectors()[token], first.length)).containsExactly(first, ROUNDING);
        }
    }
}

package dev.rapid4j;

import static dev.langchain4j.model.embedding.request.EmbeddingInputType.DOCUMENT;
import static dev.langchain4j.model.embedding.request.EmbeddingInputType.QUERY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decoders as embedding models: Qwen3-Embedding's layout, against transformers ({@code make_encoders.py}). */
@Timeout(60)
class DecoderEmbeddingTest {

    private static final Path QWEN3 = Golden.path("encoders/qwen3-embedding");
    private static final JsonNode EXPECTED = Golden.json("encoders/qwen3-embedding/expected.json");

    @TempDir
    Path folder;

    private static RapidEmbeddingModel.Builder builder(Path model) {
        return RapidEmbeddingModel.builder().model(model).device("cpu");
    }

    private static List<float[]> vectors(RapidEmbeddingModel model, EmbeddingInputType type, List<String> texts) {
        EmbeddingRequest request = EmbeddingRequest.builder()
                .inputs(texts.toArray(String[]::new))
                .parameters(EmbeddingRequestParameters.builder().inputType(type).build())
                .build();
        return model.embed(request).embeddings().stream()
                .map(embedding -> embedding.vector())
                .toList();
    }

    private static float[] vector(JsonNode expected) {
        return JsonFile.MAPPER.convertValue(expected.get("vector"), float[].class);
    }

    /** Among them an empty text, and one that is read in more than one part. */
    @Test
    void aTextsVectorIsTheHiddenStateOfItsLastToken() {
        List<JsonNode> documents = StreamSupport.stream(
                        EXPECTED.get("documents").spliterator(), false)
                .toList();
        try (RapidEmbeddingModel model = builder(QWEN3).build()) {
            List<float[]> together = vectors(
                    model,
                    DOCUMENT,
                    documents.stream().map(text -> text.get("text").textValue()).toList());
            for (int i = 0; i < documents.size(); i++) {
                assertThat(together.get(i)).containsExactly(vector(documents.get(i)), within(2e-5f));
            }
            assertThat(model.dimension()).isEqualTo(16);
            assertThat(model.hasAllViews()).isFalse();
        }
    }

    @Test
    void aQuestionGetsTheInstructionOfTheCheckpointAndNothingElseDoes() {
        String query = EXPECTED.get("query").textValue();
        float[] prompted = vector(EXPECTED.get("prompted"));
        try (RapidEmbeddingModel model = builder(QWEN3).build()) {
            assertThat(vectors(model, QUERY, List.of(query)).get(0)).containsExactly(prompted, within(2e-5f));
            float[] plain = model.embed(query).content().vector();
            assertThat(plain).isEqualTo(vectors(model, DOCUMENT, List.of(query)).get(0));
            assertThat(plain).doesNotContain(prompted, within(2e-5f));
        }
        String prompt = EXPECTED.get("prompted").get("text").textValue().replace(query, "");
        try (RapidEmbeddingModel model = builder(QWEN3).queryPrefix("").build()) {
            assertThat(vectors(model, QUERY, List.of(prompt + query)).get(0)).containsExactly(prompted, within(2e-5f));
        }
    }

    @Test
    void eightBitWeightsStayNear() {
        JsonNode document = EXPECTED.get("documents").get(0);
        try (RapidEmbeddingModel model =
                builder(QWEN3).weights(WeightFormat.INT8).build()) {
            float[] vector =
                    model.embed(document.get("text").textValue()).content().vector();
            assertThat(vector).containsExactly(vector(document), within(0.03f));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "config.json | is_causal | false | is_causal is false; supported are decoders in which a token sees those before it",
                "config.json | architectures | [\"Qwen3ForTokenClassification\"] | supported for embedding are …ForCausalLM and …Model",
                "1_Pooling/config.json | pooling_mode_lasttoken | false | asks for the pooling []",
                "1_Pooling/config.json | pooling_mode_mean_tokens | true | asks for the pooling [lasttoken, mean_tokens]",
            })
    void refusesWhatIsNearlySupportedByName(String file, String field, String value, String message)
            throws IOException {
        copy();
        EditedFiles.edit(folder.resolve(file), json -> json.set(field, tree(value)));
        assertRefused(message);
    }

    @Test
    void refusesALanguageModelAndAnotherPooling() throws IOException {
        copy();
        assertThatThrownBy(() -> builder(folder).pooling(Pooling.MEAN).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be pooled by MEAN");
        Files.writeString(folder.resolve("1_Pooling/config.json"), "{\"pooling_mode\":\"mean\"}");
        assertRefused("is the last token's vector (lasttoken)");
        Files.delete(folder.resolve("modules.json"));
        assertRefused("there is no modules.json that would make it an embedding model");
    }

    private static JsonNode tree(String json) {
        try {
            return JsonFile.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void copy() throws IOException {
        EditedFiles.copyGolden("encoders/qwen3-embedding", folder);
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> builder(folder).build())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }
}

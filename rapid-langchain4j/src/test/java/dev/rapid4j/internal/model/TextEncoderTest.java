package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.TorchException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextEncoderTest {

    private static final String BGE_M3 = "bge-m3-tiny";
    private static final String BERT = "bert-tiny";

    /** cls, pad, eos and unk, which the lexical weights leave out. */
    private static final Set<Integer> SPECIAL = Set.of(0, 1, 2, 3);

    private static List<Text> texts;
    private static TextEncoder encoder;

    /** What FlagEmbedding computed for a text, in float32. */
    private record Text(int[] ids, float[] dense, Map<Integer, Float> lexicalWeights, float[] tokenVectors) {

        static List<Text> read() {
            List<Text> texts = new ArrayList<>();
            for (JsonNode text : Golden.json(BGE_M3 + "/expected.json")) {
                Map<Integer, Float> weights = new HashMap<>();
                text.get("lexical_weights")
                        .properties()
                        .forEach(entry -> weights.put(
                                Integer.valueOf(entry.getKey()),
                                entry.getValue().floatValue()));
                texts.add(new Text(
                        ints(text.get("ids")),
                        expected("dense_" + texts.size()),
                        weights,
                        expected("colbert_" + texts.size())));
            }
            return texts;
        }

        private static float[] expected(String name) {
            return Golden.tensor(BGE_M3 + "/expected.safetensors", name);
        }
    }

    @BeforeAll
    static void load() {
        texts = Text.read();
        encoder = load(WeightFormat.FLOAT32);
    }

    private static TextEncoder load(WeightFormat precision) {
        return TextEncoder.load(
                EncoderCheckpoint.open(Golden.path(BGE_M3), EncoderTask.EMBEDDING), Device.CPU, precision);
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    @Test
    void aTextAloneHasTheThreeViewsOfFlagEmbedding() {
        for (Text text : texts) {
            assertViews(List.of(text));
        }
    }

    @Test
    void inABatchWithOthersATextHasTheSameViews() {
        Random random = new Random(3);
        for (int batch = 0; batch < 40; batch++) {
            List<Text> fitting = new ArrayList<>();
            int tokens = 0;
            for (int i = 0; i < 1 + random.nextInt(6); i++) {
                Text text = texts.get(random.nextInt(texts.size()));
                tokens += text.ids().length;
                if (tokens <= encoder.tokenBudget()) {
                    fitting.add(text);
                }
            }
            assertViews(fitting);
        }
    }

    private static void assertViews(List<Text> batch) {
        List<int[]> ids = batch.stream().map(Text::ids).toList();
        float[][] embedded = encoder.embed(ids);
        try (TextEncoder.Views views = encoder.views(ids, ElementType.FLOAT32)) {
            for (int i = 0; i < batch.size(); i++) {
                Text text = batch.get(i);
                assertThat(views.dense()[i]).containsExactly(text.dense(), within(1e-5f));
                assertThat(embedded[i]).containsExactly(text.dense(), within(1e-5f));
                assertThat(flat(views.tokenVectors().get(i).toArrays()))
                        .containsExactly(text.tokenVectors(), within(1e-5f));
                Map<Integer, Float> weights = lexicalWeights(text.ids(), views.tokenWeights()[i]);
                assertThat(weights.keySet()).isEqualTo(text.lexicalWeights().keySet());
                weights.forEach((id, weight) ->
                        assertThat(weight).isCloseTo(text.lexicalWeights().get(id), within(1e-5f)));
            }
        }
    }

    /** For each id its largest weight, as FlagEmbedding has it. */
    private static Map<Integer, Float> lexicalWeights(int[] ids, float[] tokenWeights) {
        assertThat(tokenWeights).hasSameSizeAs(ids);
        Map<Integer, Float> weights = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            if (!SPECIAL.contains(ids[i]) && tokenWeights[i] > 0) {
                weights.merge(ids[i], tokenWeights[i], Math::max);
            }
        }
        return weights;
    }

    @ParameterizedTest
    @EnumSource(
            value = WeightFormat.class,
            names = {"BFLOAT16", "FLOAT16"})
    void halfPrecisionsStayNearTheReference(WeightFormat precision) {
        List<int[]> ids = texts.stream().limit(6).map(Text::ids).toList();
        try (TextEncoder half = load(precision);
                TextEncoder.Views views = half.views(ids, ElementType.FLOAT16)) {
            for (int i = 0; i < ids.size(); i++) {
                assertThat(views.dense()[i]).containsExactly(texts.get(i).dense(), within(0.02f));
                assertThat(flat(views.tokenVectors().get(i).toArrays()))
                        .containsExactly(texts.get(i).tokenVectors(), within(0.04f));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aBertWithMeanPoolingIsThatOfTransformersWhateverTheActivation(int activation, @TempDir Path folder)
            throws IOException {
        JsonNode golden = Golden.json(BERT + "/expected.json");
        JsonNode expected = golden.get("expected").get(activation);
        copy(BERT, folder);
        Path config = folder.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"hidden_act\": \"gelu\"", "\"hidden_act\": " + expected.get("hidden_act")));
        List<int[]> ids = StreamSupport.stream(golden.get("ids").spliterator(), false)
                .map(TextEncoderTest::ints)
                .toList();
        try (TextEncoder bert = TextEncoder.load(
                EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING), Device.CPU, WeightFormat.FLOAT32)) {
            float[][] together = bert.embed(ids);
            for (int i = 0; i < ids.size(); i++) {
                float[] vector = floats(expected.get("dense").get(i));
                assertThat(together[i]).containsExactly(vector, within(1e-5f));
                assertThat(bert.embed(List.of(ids.get(i)))[0]).containsExactly(vector, within(1e-5f));
            }
        }
    }

    @Test
    void withoutTheExtraHeadsThereIsTheDenseViewAlone() {
        try (TextEncoder bert = TextEncoder.load(
                        EncoderCheckpoint.open(Golden.path(BERT), EncoderTask.EMBEDDING),
                        Device.CPU,
                        WeightFormat.AUTO);
                TextEncoder.Views views = bert.views(List.of(new int[] {1, 2}), ElementType.FLOAT16)) {
            assertThat(bert.hasLexicalHead()).isFalse();
            assertThat(bert.hasTokenHead()).isFalse();
            assertThat(views.dense()).isEqualTo(bert.embed(List.of(new int[] {1, 2})));
            assertThat(views.tokenWeights()).isNull();
            assertThat(views.tokenVectors()).isNull();
        }
    }

    @Test
    void lateInteractionIsTheMeanOverTheQuestionOfTheBestLikeness() {
        List<int[]> ids = texts.stream().map(Text::ids).toList();
        try (TextEncoder.Views questions = encoder.views(ids.subList(0, 3), ElementType.FLOAT16);
                TextEncoder.Views some = encoder.views(ids, ElementType.FLOAT16);
                TextEncoder.Views others = encoder.views(ids.subList(2, 5), ElementType.FLOAT16)) {
            List<TokenVectors> passages = new ArrayList<>(some.tokenVectors());
            passages.addAll(1, others.tokenVectors());
            // more rows than one block, and the longest passage
            for (TokenVectors question : List.of(questions.tokenVectors().get(1), passages.get(passages.size() - 1))) {
                double[] scores = encoder.lateInteraction(question, passages);
                for (int i = 0; i < scores.length; i++) {
                    double expected =
                            lateInteraction(question.toArrays(), passages.get(i).toArrays());
                    assertThat(scores[i]).isCloseTo(expected, within(1e-5));
                }
            }
        }
    }

    private static double lateInteraction(float[][] question, float[][] passage) {
        return Arrays.stream(question)
                .mapToDouble(q -> Arrays.stream(passage)
                        .mapToDouble(p -> IntStream.range(0, p.length)
                                .mapToDouble(i -> (double) q[i] * p[i])
                                .sum())
                        .max()
                        .orElseThrow())
                .average()
                .orElseThrow();
    }

    @Test
    void aTextOfOneTokenHasNoTokenVectorAndScoresNothing() {
        try (TextEncoder.Views views =
                encoder.views(List.of(new int[] {0}, new int[] {0, 5, 2}), ElementType.FLOAT16)) {
            TokenVectors nothing = views.tokenVectors().get(0);
            TokenVectors something = views.tokenVectors().get(1);
            assertThat(nothing.toArrays()).isEmpty();
            assertThat(encoder.lateInteraction(something, List.of(nothing, something))[0])
                    .isZero();
            assertThat(encoder.lateInteraction(nothing, List.of(something))).containsExactly(0);
            assertThat(encoder.lateInteraction(something, List.of())).isEmpty();
        }
    }

    @Test
    void tokenVectorsTakeTwoBytesANumberAndEachIsClosedOnItsOwn() {
        TextEncoder.Views views =
                encoder.views(List.of(new int[] {0, 5, 6, 2}, new int[] {0, 5, 2}), ElementType.FLOAT16);
        TokenVectors first = views.tokenVectors().get(0);
        TokenVectors second = views.tokenVectors().get(1);
        assertThat(first.bytes()).isEqualTo(3 * 64 * 2);
        first.close();
        first.close();
        assertThatThrownBy(first::toArrays).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> encoder.lateInteraction(second, List.of(second, first)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(second.toArrays()).hasDimensions(2, 64);
        views.close();
        assertThatThrownBy(() -> encoder.lateInteraction(second, List.of(second)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesTextsThatDoNotFitAndStaysUsable() {
        assertThatThrownBy(() -> encoder.embed(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("No texts");
        assertThatThrownBy(() -> encoder.embed(List.of(new int[] {0, 2}, new int[0])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 tokens");
        for (int id : new int[] {-1, 94}) {
            assertThatThrownBy(() -> encoder.views(List.of(new int[] {0, id, 2}), ElementType.FLOAT16))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("Token " + id + " is not in the vocabulary of 94");
        }
        assertThatThrownBy(() -> encoder.embed(List.of(new int[513])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("from 1 to 512");
        List<int[]> many = new ArrayList<>();
        for (int tokens = 0; tokens <= encoder.tokenBudget(); tokens += 512) {
            many.add(new int[512]);
        }
        assertThatThrownBy(() -> encoder.embed(many))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("several at once only up to " + encoder.tokenBudget());
        assertThat(encoder.embed(List.of(new int[512]))).hasDimensions(1, 64);
    }

    @Test
    void infiniteWeightsAreReportedWithTheModelsName(@TempDir Path folder) throws IOException {
        copy(BERT, folder);
        Path file = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        fillWithNaN(bytes);
        Files.write(file, bytes);
        try (TextEncoder damaged = TextEncoder.load(
                EncoderCheckpoint.open(folder, EncoderTask.EMBEDDING), Device.CPU, WeightFormat.FLOAT32)) {
            assertThatThrownBy(() -> damaged.embed(List.of(new int[] {1, 2})))
                    .isInstanceOf(TorchException.class)
                    .hasMessageContaining(damaged.name() + " returned infinite or NaN values")
                    .hasMessageContaining("choose another weight format");
        }
    }

    private static void fillWithNaN(byte[] safetensors) {
        ByteBuffer file = ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 8 + Math.toIntExact(file.getLong(0)); at < safetensors.length; at += Float.BYTES) {
            file.putFloat(at, Float.NaN);
        }
    }

    @Test
    void aClosedEncoderSaysSo() {
        TextEncoder closed = load(WeightFormat.AUTO);
        closed.close();
        assertThatThrownBy(() -> closed.embed(List.of(new int[] {0, 2})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    private static void copy(String golden, Path folder) throws IOException {
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(Golden.path(golden).resolve(name), folder.resolve(name));
        }
    }

    private static float[] flat(float[][] rows) {
        float[] flat = new float[rows.length * (rows.length == 0 ? 0 : rows[0].length)];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, flat, i * rows[i].length, rows[i].length);
        }
        return flat;
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private static float[] floats(JsonNode array) {
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }
}

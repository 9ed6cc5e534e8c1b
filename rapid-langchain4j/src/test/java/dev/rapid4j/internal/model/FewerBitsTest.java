package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.ElementType;
import dev.rapid4j.internal.torch.WeightsProgram.Rounding;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Weights of 4 bits, and of 8 as a GPU has them, whose products the CPU has, too, or computes from the same numbers.
 */
class FewerBitsTest {

    private static final NumberFormat INTEGERS_ON_CUDA = NumberFormat.of(WeightFormat.INT8, new Device.Cuda(0));

    private static final NumberFormat FLOATS_ON_CUDA = NumberFormat.of(WeightFormat.FP8, new Device.Cuda(0));

    /** Its file's blocks, but for the head, which has 8 bits, lose nothing: what remains is that of bfloat16. */
    @Test
    void fourBitsComputeWhatTheirNumbersDoInFloat() {
        float[] expected = Golden.tensor("gguf/expected-Q4_0.safetensors", "logits");
        int[] ids = Expected.of("llama3-tiny").inputIds();
        Checkpoint checkpoint = Checkpoint.open(Golden.path("gguf/llama3-tiny-Q4_0.gguf"));
        double exact = error(load(checkpoint, WeightFormat.FLOAT32), ids, expected, ids.length);
        double bfloat16 = error(load(checkpoint, WeightFormat.BFLOAT16), ids, expected, ids.length);
        double four = error(load(checkpoint, WeightFormat.INT4), ids, expected, ids.length);
        assertThat(exact).isLessThan(1e-5);
        assertThat(four).isLessThan(bfloat16 + 0.01);
        assertThat(error(load(checkpoint, WeightFormat.INT4), ids, expected, 8)).isLessThan(bfloat16 + 0.01);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "qwen2-tiny", "qwen3-tiny", "mistral-tiny"})
    void fourBitsOfNumbersAreAsFarOffAsFourBitsAre(String name) {
        Expected expected = Expected.of(name);
        double error = error(
                load(Golden.checkpoint(name), WeightFormat.INT4),
                expected.inputIds(),
                flat(expected.logits()),
                expected.inputIds().length);
        assertThat(error).isBetween(0.05, 0.35);
    }

    /** Two digits for few rows, one for many, as on the CPU; and rounded to bfloat16 in between. */
    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "qwen2-tiny", "qwen3-tiny", "mistral-tiny"})
    void integersOnCudaAreAsGoodAsThoseOfTheProcessor(String name) {
        Expected expected = Expected.of(name);
        int[] ids = expected.inputIds();
        float[] logits = flat(expected.logits());
        Checkpoint checkpoint = Golden.checkpoint(name);
        for (int chunk : new int[] {ids.length, 11}) {
            double processor = error(load(checkpoint, WeightFormat.INT8), ids, logits, chunk);
            double cuda = error(LanguageModel.load(checkpoint, Device.CPU, INTEGERS_ON_CUDA), ids, logits, chunk);
            assertThat(cuda).isBetween(0.8 * processor, 1.2 * processor + 0.01);
        }
    }

    /** The weights of these files are such: what is lost is what bfloat16 loses, and the second digit of float8. */
    @ParameterizedTest
    @CsvSource({"blocks, 0.08", "channels, 0.03", "tensors, 0.08"})
    void readsFloat8AsItIsPublished(String layout, double bound) {
        String folder = "fp8/" + layout;
        float[] expected = Golden.tensor(folder + "/expected.safetensors", "logits");
        int[] ids = Arrays.copyOf(Expected.of("qwen3-tiny").inputIds(), 24);
        Checkpoint checkpoint = Checkpoint.open(Golden.path(folder));
        assertThat(error(load(checkpoint, WeightFormat.FLOAT32), ids, expected, ids.length))
                .isLessThan(1e-5);
        assertThat(error(load(checkpoint, WeightFormat.INT8), ids, expected, ids.length))
                .isLessThan(0.04);
        assertThat(error(LanguageModel.load(checkpoint, Device.CPU, FLOATS_ON_CUDA), ids, expected, ids.length))
                .isLessThan(bound);
    }

    @Test
    void anEngineHasTheProductsThatAreRight() {
        DecoderProgram program = new DecoderProgram();
        for (Rounding rounding : Rounding.values()) {
            assertThatCode(() -> program.checkProducts(rounding, Device.CPU)).doesNotThrowAnyException();
        }
    }

    /** A step of a 70B model reads a little more than a quarter, or half, of what it reads in bfloat16. */
    @ParameterizedTest
    @CsvSource({"INT8, 0.51", "FP8, 0.51", "INT4, 0.34"})
    void aStepReadsAsMuchLess(WeightFormat format, double share) {
        Device cuda = new Device.Cuda(0);
        Map<String, WeightEntry> fields = llama70b(128_256);
        WeightPlan all = WeightPlan.of(fields, cuda, NumberFormat.of(WeightFormat.BFLOAT16, cuda));
        WeightPlan fewer = WeightPlan.of(fields, cuda, NumberFormat.of(format, cuda));
        // of the embedding a few rows are read
        long embedding = 2L * 128_256 * 8192;
        assertThat((double) (fewer.bytes() - embedding) / (all.bytes() - embedding))
                .isLessThan(share);
        assertThat(fewer.loadingBytes(cuda, 1)).isLessThan(1L << 30);
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "FP8", "INT4"})
    void whatADeviceHasNoProductForStaysAsItIs(WeightFormat format) {
        Device cuda = new Device.Cuda(0);
        Map<String, WeightEntry> fields = llama70b(49_155);
        fields.put("layers.0.key.weight", weight(1020, 8192));
        Map<String, WeightPlan.Part> parts = WeightPlan.of(fields, cuda, NumberFormat.of(format, cuda)).parts().stream()
                .collect(Collectors.toMap(WeightPlan.Part::name, part -> part));
        assertThat(parts)
                .containsKeys("head.weight", "layers.0.query.weight", "layers.0.key.weight", "layers.0.gate_up");
        for (String name :
                List.of("head.weight", "layers.0.query.weight", "layers.0.key.weight", "layers.0.value.weight")) {
            assertThat(parts.get(name).kind()).isEqualTo(WeightPlan.Kind.ELEMENTS);
            assertThat(parts.get(name).elements()).isEqualTo(ElementType.BFLOAT16);
        }
    }

    private static Map<String, WeightEntry> llama70b(long vocabulary) {
        Map<String, WeightEntry> fields = new HashMap<>();
        fields.put("embedding", weight(vocabulary, 8192));
        fields.put("head.weight", weight(vocabulary, 8192));
        fields.put(
                "norm",
                new WeightEntry(Path.of("model.safetensors"), WeightType.BFLOAT16, List.of(8192L), 0, 16384, 0));
        for (int layer = 0; layer < 80; layer++) {
            String at = "layers." + layer + ".";
            fields.put(at + "query.weight", weight(8192, 8192));
            fields.put(at + "key.weight", weight(1024, 8192));
            fields.put(at + "value.weight", weight(1024, 8192));
            fields.put(at + "output.weight", weight(8192, 8192));
            fields.put(at + "gate.weight", weight(28_672, 8192));
            fields.put(at + "up.weight", weight(28_672, 8192));
            fields.put(at + "down.weight", weight(8192, 28_672));
        }
        return fields;
    }

    private static WeightEntry weight(long rows, long columns) {
        return new WeightEntry(
                Path.of("model.safetensors"), WeightType.BFLOAT16, List.of(rows, columns), 0, 2 * rows * columns, 0);
    }

    private static LanguageModel load(Checkpoint checkpoint, WeightFormat format) {
        return LanguageModel.load(checkpoint, Device.CPU, format);
    }

    private static float[] flat(float[][] rows) {
        float[] flat = new float[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
        }
        return flat;
    }

    /** The difference from the last logits that are expected, in parts of their length. Closes the model. */
    private static double error(LanguageModel loaded, int[] ids, float[] expected, int chunk) {
        double squares = 0;
        double differences = 0;
        try (LanguageModel model = loaded;
                KeyValueCache cache = model.newCache(ids.length)) {
            int vocabulary = model.vocabularySize();
            int first = ids.length - expected.length / vocabulary;
            for (int at = 0; at < ids.length; at += chunk) {
                int[] part = Arrays.copyOfRange(ids, at, Math.min(ids.length, at + chunk));
                double[][] logits = model.logits(cache, part, part.length);
                for (int i = Math.max(0, first - at); i < part.length; i++) {
                    for (int token = 0; token < vocabulary; token++) {
                        float exact = expected[(at + i - first) * vocabulary + token];
                        squares += exact * exact;
                        differences += Math.pow(logits[i][token] - exact, 2);
                    }
                }
            }
        }
        return Math.sqrt(differences / squares);
    }
}

package dev.rapid4j.internal.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CacheType;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.EncoderCheckpoint;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights in 8-bit integers: what they cost, what is held, and where they are refused. */
class IntegerWeightsTest {

    private static final int THREADS = Torch.threads();

    /** So that several load weights. */
    @BeforeAll
    static void takeTwoThreads() {
        Torch.setThreads(2);
    }

    @AfterAll
    static void giveThemBack() {
        Torch.setThreads(THREADS);
    }

    static List<String> models() {
        return Golden.MODELS;
    }

    /**
     * Rounding the weights of these small networks makes an error of 3 %, a prompt's rounded activations as much again.
     */
    @ParameterizedTest
    @MethodSource("models")
    void logitsAreNearThoseOfTransformersHoweverTheTokensGoIn(String name) {
        int length = Expected.of(name).inputIds().length;
        try (LanguageModel model = load(name)) {
            assertThat(error(model, name, length)).isLessThan(0.08);
            double one = error(model, name, 1);
            assertThat(one).isLessThan(0.04);
            assertThat(error(model, name, 11)).isBetween(one - 1e-3, one + 1e-3);
        }
    }

    /** The difference from the expected logits, in parts of their length. */
    private static double error(LanguageModel model, String name, int chunk) {
        Expected expected = Expected.of(name);
        int[] ids = expected.inputIds();
        double squares = 0;
        double differences = 0;
        try (KeyValueCache cache = model.newCache(ids.length)) {
            for (int at = 0; at < ids.length; at += chunk) {
                int[] part = Arrays.copyOfRange(ids, at, Math.min(ids.length, at + chunk));
                double[][] logits = model.logits(cache, part, part.length);
                for (int i = 0; i < part.length; i++) {
                    for (int token = 0; token < logits[i].length; token++) {
                        float exact = expected.logits()[at + i][token];
                        squares += exact * exact;
                        differences += Math.pow(logits[i][token] - exact, 2);
                    }
                }
            }
        }
        return Math.sqrt(differences / squares);
    }

    @Test
    void whatDoesNotWriteHasNoOutputProjection() {
        for (String name : List.of("qwen2-tiny", "llama3-tiny")) {
            assertThat(plan(name).parts()).extracting(WeightPlan.Part::name).contains("head");
            assertThat(plan(name).withoutHead().parts())
                    .extracting(WeightPlan.Part::name)
                    .doesNotContain("head", "head.weight")
                    .hasSize(plan(name).parts().size() - 1);
        }
    }

    @Test
    void productsOfTheSameActivationsArePackedAsOneAndATiedTableOnceBesideItsFile() {
        WeightPlan plan = plan("qwen2-tiny");
        Map<String, WeightPlan.Part> parts =
                plan.parts().stream().collect(Collectors.toMap(WeightPlan.Part::name, part -> part));
        assertThat(parts)
                .containsKeys(
                        "layers.0.query_key_value", "layers.0.gate_up", "layers.0.output", "layers.0.down", "head")
                .doesNotContainKeys("layers.0.query", "layers.0.up");
        assertThat(parts.get("layers.0.query_key_value").weights()).hasSize(3);
        assertThat(parts.get("head").weights()).isEqualTo(parts.get("embedding").weights());
        assertThat(parts.get("embedding").kind()).isEqualTo(WeightPlan.Kind.ELEMENTS);
        long packed = plan.parts().stream()
                .filter(part -> part.kind() == WeightPlan.Kind.PACKED)
                .mapToLong(part -> part.rows() * (part.columns() + 32))
                .sum();
        long copied = plan.parts().stream()
                .filter(part -> part.kind() == WeightPlan.Kind.COPIED)
                .mapToLong(part -> Float.BYTES * part.weights().get(0).elements())
                .sum();
        assertThat(plan.bytes()).isEqualTo(packed + copied);
        try (LanguageModel model = load("qwen2-tiny")) {
            assertThat(model.weightBytes()).isEqualTo(packed + copied);
        }
    }

    /** What is shortened or overwritten while it is mapped can end the JVM. */
    @Test
    void whatAProcessorWithoutVnniHasReadIsNotTakenForWhatOneWithItReads() {
        Checkpoint checkpoint = Golden.checkpoint("qwen2-tiny");
        try (LanguageModel model = load("qwen2-tiny")) {
            assertThat(model.integerSteps()).isIn(63, 127);
            assertThat(CacheIdentity.of(checkpoint, model))
                    .isEqualTo(
                            CacheIdentity.of(checkpoint, model.contextLength(), model.numbers(), model.integerSteps()))
                    .isNotEqualTo(CacheIdentity.of(
                            checkpoint, model.contextLength(), model.numbers(), 190 - model.integerSteps()));
        }
    }

    @Test
    void ofAFileWithBlocksNothingIsNeededOnceItIsLoaded() throws IOException {
        Path file = Golden.path("gguf/llama3-tiny-mixed.gguf");
        try (LanguageModel model = LanguageModel.load(Checkpoint.open(file), Device.CPU, WeightFormat.INT8)) {
            assertThat(model.mappedBytes()).isZero();
            Path maps = Path.of("/proc/self/maps");
            if (Files.exists(maps)) {
                assertThat(Files.readString(maps, ISO_8859_1))
                        .doesNotContain(file.getFileName().toString());
            }
        }
    }

    @Test
    void logitsOfAFileWithBlocksAreNearThoseOfItsElements() {
        float[] expected = Golden.tensor("gguf/expected.safetensors", "logits");
        int[] ids = Expected.of("llama3-tiny").inputIds();
        Checkpoint checkpoint = Checkpoint.open(Golden.path("gguf/llama3-tiny-mixed.gguf"));
        try (LanguageModel model = LanguageModel.load(checkpoint, Device.CPU, WeightFormat.INT8);
                KeyValueCache cache = model.newCache(ids.length)) {
            double[][] logits = model.logits(cache, ids, 8);
            double squares = 0;
            double differences = 0;
            for (int i = 0; i < expected.length; i++) {
                squares += expected[i] * expected[i];
                differences +=
                        Math.pow(logits[i / model.vocabularySize()][i % model.vocabularySize()] - expected[i], 2);
            }
            assertThat(Math.sqrt(differences / squares)).isLessThan(0.08);
        }
    }

    /** Of the shape of Qwen2.5-0.5B: the head is the largest. */
    @Test
    void loadingNeedsLessBesideTheModelThanItsLargestWeightInFullPrecision() {
        Path file = Path.of("model.gguf");
        Map<String, WeightEntry> fields = new LinkedHashMap<>();
        fields.put("embedding", new WeightEntry(file, WeightType.Q5_0, List.of(151_936L, 896L), 0, 93_592_576, 0));
        for (int layer = 0; layer < 24; layer++) {
            for (String name : List.of("gate", "up")) {
                fields.put(
                        "layers." + layer + "." + name + ".weight",
                        new WeightEntry(file, WeightType.Q5_0, List.of(4_864L, 896L), 0, 2_996_224, 0));
            }
        }
        WeightPlan plan = WeightPlan.of(fields, Device.CPU, NumberFormat.of(WeightFormat.INT8, Device.CPU));
        long head = 151_936L * 896;
        assertThat(plan.loadingBytes(Device.CPU, 1)).isBetween(head, head * 11 / 10);
        assertThat(plan.loadingBytes(Device.CPU, 4)).isLessThan(head * Float.BYTES / 2);
        // blocks of the embedding, and a byte for each other number
        assertThat(plan.bytes()).isBetween(93_592_576 + 2 * head, (93_592_576 + 3 * head) * 11 / 10);
    }

    @Test
    void theFilesBytesAreReportedAsTheyAreRead() {
        WeightPlan plan = plan("llama3-tiny");
        List<Long> loaded = new ArrayList<>();
        WeightLoader.load("llama", plan, listener((bytes, total) -> {
                    assertThat(total).isEqualTo(plan.fileBytes());
                    loaded.add(bytes);
                }))
                .close();
        assertThat(loaded)
                .hasSize(1 + plan.parts().size())
                .isSorted()
                .startsWith(0L)
                .endsWith(plan.fileBytes());
    }

    @Test
    void loadingEndsWhenItsThreadIsInterruptedAndLeavesNoThreadBehind() throws InterruptedException {
        WeightPlan plan = plan("llama3-tiny");
        List<Long> loaded = new ArrayList<>();
        assertThatThrownBy(() -> WeightLoader.load("llama", plan, listener((bytes, total) -> {
                    loaded.add(bytes);
                    if (bytes > 0) {
                        Thread.currentThread().interrupt();
                    }
                })))
                .isInstanceOf(TorchException.class)
                .hasMessageContaining("llama")
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(loaded).hasSize(2);
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals(WeightLoader.THREADS)) {
                thread.join(60_000);
                assertThat(thread.isAlive()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFileThatHasChangedSinceItWasOpenedIsSaidToHave(boolean gone, @TempDir Path folder) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Golden.path("mistral-tiny").resolve(file), folder.resolve(file));
        }
        Checkpoint checkpoint = Checkpoint.open(folder);
        Path weights = folder.resolve("model.safetensors");
        if (gone) {
            Files.delete(weights);
        } else {
            try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
                file.setLength(file.length() - 1);
            }
        }
        for (WeightFormat format : List.of(WeightFormat.INT8, WeightFormat.FLOAT32, WeightFormat.FLOAT16)) {
            assertThatThrownBy(() -> LanguageModel.load(checkpoint, Device.CPU, format))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContainingAll(weights.toString(), "has changed since it was opened");
        }
    }

    /** Half of its weights would be those of another model. */
    @ParameterizedTest
    @EnumSource(names = {"INT8", "FLOAT32"})
    void aFileThatIsReplacedWhileItIsLoadedIsSaidToHaveChanged(WeightFormat format, @TempDir Path folder)
            throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Golden.path("mistral-tiny").resolve(file), folder.resolve(file));
        }
        Path weights = folder.resolve("model.safetensors");
        Path newer = Files.copy(weights, folder.resolve("newer"));
        Checkpoint checkpoint = Checkpoint.open(folder);
        ProgressListener replacing = listener((loaded, total) -> {
            if (loaded > 0 && Files.exists(newer)) {
                try {
                    // at one stroke, as a download ends: else it would be gone for a moment
                    Files.move(newer, weights, StandardCopyOption.ATOMIC_MOVE);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        assertThatThrownBy(() -> LanguageModel.load(
                        checkpoint, Device.CPU, format, CacheType.AUTO, Integer.MAX_VALUE, replacing))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(weights.toString(), "has changed while it was loaded");
    }

    /** An executor waits for the work of a thread that it has started. */
    @Test
    void aThreadThatCannotBePreparedWorksAllTheSame() {
        List<String> done = new ArrayList<>();
        WeightLoader.after(
                        () -> {
                            throw new OutOfMemoryError("unable to create native thread");
                        },
                        () -> done.add("work"))
                .run();
        assertThat(done).containsExactly("work");
    }

    @Test
    void aMatrixThatIsTooNarrowIsRefused() {
        Map<String, WeightEntry> fields =
                new HashMap<>(Golden.checkpoint("mistral-tiny").fields());
        WeightEntry down = fields.get("layers.0.down.weight");
        fields.put(
                "layers.0.down.weight",
                new WeightEntry(down.file(), down.type(), List.of(down.shape().get(0), 1L), down.offset(), 2, 0));
        NumberFormat integers = NumberFormat.of(WeightFormat.INT8, Device.CPU);
        assertThatThrownBy(() -> WeightPlan.of(fields, Device.CPU, integers))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("layers.0.down has 1", "choose FLOAT32");
    }

    private static ProgressListener listener(BiConsumer<Long, Long> told) {
        return new ProgressListener() {
            @Override
            public void onLoading(String model, long loaded, long total) {
                told.accept(loaded, total);
            }
        };
    }

    /** Rounding to integers must not hide them: the step that they are multiplied by afterwards is none, either. */
    @ParameterizedTest
    @ValueSource(ints = {0x7E, 0x7C}) // NaN and infinity in float16
    void activationsThatAreNoNumbersAreReportedAsInOtherFormats(int highByte, @TempDir Path folder) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Golden.path("mistral-tiny").resolve(file), folder.resolve(file));
        }
        WeightEntry norm = Checkpoint.open(folder).weights().get("model.layers.0.input_layernorm.weight");
        try (RandomAccessFile file = new RandomAccessFile(norm.file().toFile(), "rw")) {
            file.seek(norm.offset());
            file.write(new byte[] {0, (byte) highByte});
        }
        try (LanguageModel broken = LanguageModel.load(Checkpoint.open(folder), Device.CPU, WeightFormat.INT8);
                KeyValueCache cache = broken.newCache(10)) {
            List<ThrowingCallable> readings = List.of(() -> broken.logits(cache, new int[] {1, 2, 3}, 1), () -> {
                broken.prefill(cache, new int[] {1, 2, 3}, tokens -> {});
                broken.logits(cache, new int[] {4}, 1);
            });
            assertThat(readings)
                    .allSatisfy(reading -> assertThatThrownBy(reading)
                            .isInstanceOf(TorchException.class)
                            .hasMessageStartingWith(broken.name() + " returned infinite or NaN logits")
                            .hasMessageContaining("too much for INT8"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INT8", "INT4", "FP8"})
    void encodersRefuseThem(WeightFormat format) {
        EncoderCheckpoint checkpoint = EncoderCheckpoint.open(Golden.path("bert-tiny"), EncoderTask.EMBEDDING);
        assertThatThrownBy(() -> TextEncoder.load(checkpoint, Device.CPU, format))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(format + " weights are for decoders")
                .hasMessageContaining("choose FLOAT32 or BFLOAT16");
    }

    private static LanguageModel load(String name) {
        return LanguageModel.load(Golden.checkpoint(name), Device.CPU, WeightFormat.INT8);
    }

    private static WeightPlan plan(String name) {
        Checkpoint checkpoint = Golden.checkpoint(name);
        return WeightPlan.of(checkpoint.fields(), Device.CPU, NumberFormat.of(WeightFormat.INT8, Device.CPU));
    }
}

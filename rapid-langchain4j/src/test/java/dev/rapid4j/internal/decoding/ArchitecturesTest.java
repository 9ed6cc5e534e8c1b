package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.CacheType;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Golden.Expected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each architecture against transformers: tiny checkpoints, whose every weight and number shows in the logits, in both
 * layouts of {@code config.json}, and as llama.cpp converts them. See {@code golden/make_architectures.py}.
 */
class ArchitecturesTest {

    private static final Path FOLDER = Golden.path("architectures");

    /** Of the expected input, what the expected tokens follow. */
    private static final int PROMPT = 64;

    /** Position embeddings of some depend on it: it is within the context of their training, or beyond it. */
    private static final int CONTEXT = 256;

    @TempDir
    Path temporary;

    /** Folders, and in each the files that describe the network. */
    static List<Arguments> layouts() {
        return files("config.*\\.json|model\\.gguf");
    }

    static List<Arguments> folders() {
        return files("config\\.json");
    }

    private static List<Arguments> files(String name) {
        try (Stream<Path> files = Files.walk(FOLDER, 2)) {
            return files.filter(file -> file.getFileName().toString().matches(name))
                    .sorted()
                    .map(file -> Arguments.of(folder(file), file.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String folder(Path file) {
        return file.getParent().getFileName().toString();
    }

    private LanguageModel load(String folder, String file, WeightFormat format) throws IOException {
        Path described = FOLDER.resolve(folder).resolve(file);
        if (!file.endsWith(".gguf")) {
            Files.copy(described, temporary.resolve("config.json"));
            Files.copy(described.resolveSibling("model.safetensors"), temporary.resolve("model.safetensors"));
            described = temporary;
        }
        return LanguageModel.load(
                Checkpoint.open(described), Device.CPU, format, CacheType.AUTO, CONTEXT, new ProgressListener() {});
    }

    private static Expected expected(String folder) {
        return Expected.of("architectures/" + folder);
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void logitsAreThoseOfTransformersHoweverTheTokensGoIn(String folder, String file) throws IOException {
        Expected expected = expected(folder);
        int[] ids = expected.inputIds();
        try (LanguageModel model = load(folder, file, WeightFormat.FLOAT32)) {
            for (int chunk : new int[] {ids.length, 7, 1}) {
                try (KeyValueCache cache = model.newCache(ids.length)) {
                    assertLogits(model, cache, 0, chunk, expected);
                }
            }
            try (KeyValueCache cache = model.newCache(ids.length)) {
                model.prefill(cache, ids, done -> {});
                cache.truncate(101);
                assertLogits(model, cache, 101, 5, expected);
            }
        }
    }

    private static void assertLogits(LanguageModel model, KeyValueCache cache, int from, int chunk, Expected expected) {
        int[] ids = expected.inputIds();
        double difference = 0;
        for (int at = from; at < ids.length; at += chunk) {
            int[] part = Arrays.copyOfRange(ids, at, Math.min(ids.length, at + chunk));
            double[][] logits = model.logits(cache, part, part.length);
            for (int i = 0; i < part.length; i++) {
                for (int token = 0; token < logits[i].length; token++) {
                    difference = Math.max(difference, Math.abs(logits[i][token] - expected.logits()[at + i][token]));
                }
            }
        }
        assertThat(difference).as("chunks of %d from position %d", chunk, from).isLessThan(1e-4);
    }

    @ParameterizedTest
    @MethodSource("folders")
    void greedyTokensAreThoseOfTransformersInEveryMode(String folder, String file) throws IOException {
        Expected expected = expected(folder);
        int[] prompt = Arrays.copyOf(expected.inputIds(), PROMPT);
        int[] passages = Arrays.copyOfRange(prompt, 20, PROMPT);
        try (LanguageModel model = load(folder, file, WeightFormat.FLOAT32);
                Generator generator = new Generator(model, model, Set.of(), GeneratorFixture.CACHE_BYTES)) {
            for (Mode mode : new Mode[] {
                Mode.LONG_CONTEXT, Mode.NAIVE_SPECULATIVE, Mode.SPECULATIVE, Mode.STREAMING_DRAFT, Mode.RAPID
            }) {
                GenerationRequest request =
                        GeneratorFixture.greedy(prompt, passages, mode, 0, expected.greedyIds().length);
                assertThat(generator.generate(request, GeneratorFixture.QUIET).tokens())
                        .as(mode.name())
                        .containsExactly(
                                Arrays.stream(expected.greedyIds()).boxed().toArray(Integer[]::new));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("folders")
    void otherWeightFormatsStayNearTheReference(String folder, String file) throws IOException {
        Expected expected = expected(folder);
        int[] ids = expected.inputIds();
        for (WeightFormat format : new WeightFormat[] {WeightFormat.BFLOAT16, WeightFormat.INT8}) {
            try (LanguageModel model = load(folder, file, format);
                    KeyValueCache cache = model.newCache(ids.length)) {
                double[][] logits = model.logits(cache, ids, ids.length);
                double distance = 0;
                for (int i = 0; i < ids.length; i++) {
                    distance += distance(logits[i], expected.logits()[i]) / ids.length;
                }
                assertThat(distance).as(format.name()).isLessThan(0.1);
            }
            Files.delete(temporary.resolve("config.json"));
            Files.delete(temporary.resolve("model.safetensors"));
        }
    }

    /** The total variation of the distributions. */
    private static double distance(double[] logits, float[] expected) {
        double[] exact = new double[expected.length];
        Arrays.setAll(exact, token -> expected[token]);
        double[] p = GeneratorFixture.softmax(logits);
        double[] q = GeneratorFixture.softmax(exact);
        double sum = 0;
        for (int token = 0; token < p.length; token++) {
            sum += Math.abs(p[token] - q[token]) / 2;
        }
        return sum;
    }
}

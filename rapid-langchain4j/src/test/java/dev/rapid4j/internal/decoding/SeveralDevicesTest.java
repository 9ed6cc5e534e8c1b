package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.CacheType;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.model.CacheExtent;
import dev.rapid4j.internal.model.CacheIdentity;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.model.LoadingPlan;
import dev.rapid4j.internal.model.Placement;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.testing.Golden;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model whose layers lie on several devices, all of them the CPU, is the model on one, to the last bit. */
class SeveralDevicesTest {

    private static final int CONTEXT = 4096;
    private static final SamplingParameters SAMPLING = new SamplingParameters(1, 0.9, 50, 0.5, 0.5);

    @TempDir
    private Path folder;

    private static Checkpoint checkpoint(String name) {
        return name.equals("lighthouse")
                ? Checkpoint.open(LighthouseModel.directory())
                : Checkpoint.open(Golden.path(name));
    }

    private static LanguageModel load(String name, WeightFormat weights, Device... devices) {
        Placement place = new Placement(Devices.of(devices), weights, CacheType.AUTO);
        return LanguageModel.load(
                LoadingPlan.of(checkpoint(name), place, CONTEXT, device -> 0L), new ProgressListener() {});
    }

    private static LanguageModel whole(String name, WeightFormat weights) {
        return load(name, weights, Device.CPU);
    }

    private static LanguageModel inStages(String name, WeightFormat weights) {
        LanguageModel model = load(name, weights, Device.CPU, Device.CPU, Device.CPU);
        assertThat(model.stages().list()).hasSizeGreaterThan(1);
        return model;
    }

    /** Dense ones with a head of their own and a tied one, windows, experts, both, and 8-bit weights of block types. */
    @ParameterizedTest
    @CsvSource({
        "llama3-tiny, FLOAT32",
        "qwen2-tiny, FLOAT32",
        "qwen3-tiny, BFLOAT16",
        "mistral-tiny, INT8",
        "gguf/llama3-tiny-mixed.gguf, INT8",
        "gguf/llama3-tiny-mixed.gguf, FLOAT32",
        "architectures/gemma3, FLOAT32",
        "architectures/qwen2-window, BFLOAT16",
        "architectures/mixtral, FLOAT32",
        "architectures/qwen2-moe, INT8",
        "architectures/gpt-oss, FLOAT32",
        "architectures/stablelm-parallel, FLOAT32",
    })
    void logitsAreThoseOfOneDevice(String name, WeightFormat weights) {
        int[] ids = new Random(1).ints(120, 0, 200).toArray();
        try (LanguageModel whole = whole(name, weights);
                LanguageModel stages = inStages(name, weights)) {
            for (int chunk : new int[] {120, 7, 1}) {
                assertThat(logits(stages, ids, chunk)).isDeepEqualTo(logits(whole, ids, chunk));
            }
            assertThat(stages.weightBytes()).isEqualTo(whole.weightBytes());
            assertThat(stages.cacheBytes(1000)).isEqualTo(whole.cacheBytes(1000));
        }
    }

    private static double[][] logits(LanguageModel model, int[] ids, int chunk) {
        try (KeyValueCache cache = model.newCache(ids.length)) {
            return Stream.iterate(0, at -> at < ids.length, at -> at + chunk)
                    .map(at -> Arrays.copyOfRange(ids, at, Math.min(ids.length, at + chunk)))
                    .flatMap(part -> Arrays.stream(model.logits(cache, part, part.length)))
                    .toArray(double[][]::new);
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void answersAreThoseOfOneDeviceWhateverDrafts(Mode mode) {
        try (LanguageModel whole = whole("llama3-tiny", WeightFormat.FLOAT32);
                LanguageModel stages = inStages("llama3-tiny", WeightFormat.FLOAT32);
                LanguageModel drafter = whole("mistral-tiny", WeightFormat.FLOAT32);
                LanguageModel drafterStages = inStages("mistral-tiny", WeightFormat.FLOAT32)) {
            for (double margin : new double[] {0, 10}) {
                assertThat(answer(stages, stages, mode, margin)).isEqualTo(answer(whole, whole, mode, margin));
                assertThat(answer(stages, drafterStages, mode, margin)).isEqualTo(answer(whole, drafter, mode, margin));
                assertThat(answer(whole, drafterStages, mode, margin)).isEqualTo(answer(whole, drafter, mode, margin));
            }
        }
    }

    private static List<Integer> answer(LanguageModel target, LanguageModel drafter, Mode mode, double margin) {
        GenerationRequest request = GeneratorFixture.request(
                GeneratorFixture.PROMPT,
                GeneratorFixture.SHORT_PROMPT,
                mode,
                SAMPLING,
                new SpeculationParameters(margin, 5, 0.1, 0.1),
                7,
                24);
        try (Generator generator = new Generator(target, drafter, Set.of(), GeneratorFixture.CACHE_BYTES)) {
            return generator.generate(request, GeneratorFixture.QUIET).tokens();
        }
    }

    /** Windows among the layers: of one device they slide, of another they do not. */
    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "architectures/gemma3"})
    void aCacheGrowsAndIsSharedOnEveryDevice(String name) {
        int[] ids = new Random(1).ints(120, 0, 200).toArray();
        try (LanguageModel whole = whole(name, WeightFormat.FLOAT32);
                LanguageModel stages = inStages(name, WeightFormat.FLOAT32)) {
            assertThat(grownAndShared(stages, ids)).isDeepEqualTo(grownAndShared(whole, ids));
        }
    }

    private static double[][] grownAndShared(LanguageModel model, int[] ids) {
        try (KeyValueCache cache = model.newCache(80)) {
            model.prefill(cache, Arrays.copyOf(ids, 80), done -> {});
            cache.ensureCapacity(150);
            model.prefill(cache, Arrays.copyOfRange(ids, 80, 100), done -> {});
            try (KeyValueCache branch = cache.branch(100, 200, CacheExtent.WINDOW)) {
                return model.logits(branch, Arrays.copyOfRange(ids, 100, 120), 20);
            }
        }
    }

    @Test
    void whatOneHasWrittenToTheDiskTheOtherFinds() {
        int[] prompt = new int[1300];
        Arrays.setAll(prompt, i -> 1 + i % 500);
        try (LanguageModel whole = whole("lighthouse", WeightFormat.FLOAT32);
                LanguageModel stages = inStages("lighthouse", WeightFormat.FLOAT32);
                KeyValueCache written = whole.newCache(1400);
                KeyValueCache restored = stages.newCache(1400)) {
            whole.prefill(written, prompt, done -> {});
            assertThat(CacheIdentity.of(checkpoint("lighthouse"), stages))
                    .isEqualTo(CacheIdentity.of(checkpoint("lighthouse"), whole));
            stored(whole).write(written);
            assertThat(stored(stages).extend(restored, prompt, prompt.length, GeneratorFixture.QUIET))
                    .isEqualTo(1280);
            written.truncate(1280);
            int[] rest = Arrays.copyOfRange(prompt, 1280, 1300);
            assertThat(stages.logits(restored, rest, 20)).isDeepEqualTo(whole.logits(written, rest, 20));
        }
    }

    private StoredCaches stored(LanguageModel model) {
        return new StoredCaches(
                DiskCache.open(folder, 1 << 30), model, CacheIdentity.of(checkpoint("lighthouse"), model));
    }

    /** The layers are all on one device, though in several stages. */
    @Test
    void stagesOfOneDeviceShareItsMemory() {
        try (LanguageModel stages = inStages("llama3-tiny", WeightFormat.FLOAT32);
                CachePool pool = new CachePool(
                        1 << 30,
                        Optional.empty(),
                        device -> stages.workingBytes(Device.CPU) + stages.cacheBytes(1024));
                KeyValueCache cache = pool.take(pool.need(stages, new int[] {1, 2}, 1000), GeneratorFixture.QUIET)) {
            assertThat(cache.bytes(Device.CPU)).isEqualTo(cache.bytes());
            assertThat(cache.bytes(new Device.Cuda(0))).isZero();
        }
    }
}

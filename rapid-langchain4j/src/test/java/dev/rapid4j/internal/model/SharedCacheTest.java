package dev.rapid4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.CacheType;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.testing.Golden;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches that begin with tokens of another: what follows them is what follows tokens that were read. */
class SharedCacheTest {

    private static final int CONTEXT = 4096;
    private static final int[] DOCUMENT = tokens(1, 400);
    private static final int[] QUESTION = tokens(2, 30);
    private static final int[] OTHER_QUESTION = tokens(3, 40);

    private static int[] tokens(int seed, int count) {
        return new Random(seed).ints(count, 0, 200).toArray();
    }

    private static LanguageModel load(String name, Device... devices) {
        Placement place = new Placement(Devices.of(devices), WeightFormat.FLOAT32, CacheType.AUTO);
        Checkpoint checkpoint = Checkpoint.open(Golden.path(name));
        return LanguageModel.load(LoadingPlan.of(checkpoint, place, CONTEXT, device -> 0L), new ProgressListener() {});
    }

    private static KeyValueCache read(LanguageModel model, int... tokens) {
        KeyValueCache cache = model.newCache(tokens.length + 100);
        model.prefill(cache, tokens, done -> {});
        return cache;
    }

    private static int[] join(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    /** Behind tokens that the cache holds, read in chunks of 7 and one by one. */
    private static void assertReads(LanguageModel model, TokenCache cache, int[] next, int[] all) {
        try (KeyValueCache alone = model.newCache(all.length)) {
            model.prefill(alone, Arrays.copyOf(all, all.length - next.length), done -> {});
            double[][] expected = model.logits(alone, next, next.length);
            int before = cache.length();
            for (int chunk : new int[] {next.length, 7, 1}) {
                cache.truncate(before);
                for (int at = 0; at < next.length; at += chunk) {
                    int[] part = Arrays.copyOfRange(next, at, Math.min(next.length, at + chunk));
                    double[][] logits = model.logits(cache, part, part.length);
                    for (int i = 0; i < part.length; i++) {
                        assertThat(logits[i]).containsExactly(expected[at + i], within(1e-4));
                    }
                }
            }
        }
    }

    /** Full attention, windows beside it, sinks, soft caps, experts. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama3-tiny",
                "qwen3-tiny",
                "architectures/gemma2",
                "architectures/gemma3",
                "architectures/gpt-oss",
                "architectures/mistral-window"
            })
    void twoQuestionsOnOneDocumentAreReadAsIfEachHadReadIt(String name) {
        for (Device[] devices : new Device[][] {{Device.CPU}, {Device.CPU, Device.CPU}}) {
            try (LanguageModel model = load(name, devices);
                    KeyValueCache owner = read(model, DOCUMENT);
                    KeyValueCache branch = owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW)) {
                assertReads(model, owner, QUESTION, join(DOCUMENT, QUESTION));
                assertReads(model, branch, OTHER_QUESTION, join(DOCUMENT, OTHER_QUESTION));
                assertReads(model, owner, OTHER_QUESTION, join(DOCUMENT, QUESTION, OTHER_QUESTION));
            }
        }
    }

    @Test
    void theDocumentIsThereAsLongAsOneOfThemIs() {
        try (LanguageModel model = load("llama3-tiny", Device.CPU)) {
            KeyValueCache owner = read(model, DOCUMENT);
            CacheMemory document = owner.memory().iterator().next();
            KeyValueCache first = owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW);
            owner.close();
            model.prefill(first, QUESTION, done -> {});
            KeyValueCache second = first.branch(DOCUMENT.length, 500, CacheExtent.WINDOW);
            assertThat(document.users()).isEqualTo(2);
            first.close();
            assertThat(document.users()).isEqualTo(1);
            assertThat(second.memory()).contains(document);
            assertReads(model, second, OTHER_QUESTION, join(DOCUMENT, OTHER_QUESTION));
            second.close();
            assertThat(document.users()).isZero();
        }
    }

    @Test
    void onlyWhatFollowsTheDocumentTakesMoreMemory() {
        try (LanguageModel model = load("llama3-tiny", Device.CPU);
                KeyValueCache owner = read(model, DOCUMENT);
                KeyValueCache branch = owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW)) {
            assertThat(owner.bytes()).isEqualTo(model.cacheBytes(500));
            assertThat(branch.bytes() - owner.bytes())
                    .isEqualTo(model.cacheBytes(100))
                    .isEqualTo(model.cacheBytes(Device.CPU, 500, 400, CacheExtent.WINDOW));
            assertThat(branch.memory()).containsAll(owner.memory()).hasSize(2);
            assertThat(branch.capacity()).isEqualTo(500);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "architectures/gpt-oss"})
    void whoGoesBackIntoTheDocumentLeavesItToTheOthers(String name) {
        int[] half = Arrays.copyOf(DOCUMENT, 220);
        try (LanguageModel model = load(name, Device.CPU);
                KeyValueCache owner = read(model, DOCUMENT);
                KeyValueCache branch = owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW);
                KeyValueCache other = owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW)) {
            branch.truncate(half.length);
            assertThat(branch.capacity()).isEqualTo(half.length + 100);
            assertReads(model, branch, QUESTION, join(half, QUESTION));
            owner.truncate(half.length);
            assertThat(owner.isReadBehind(half.length)).isTrue();
            assertReads(model, owner, OTHER_QUESTION, join(half, OTHER_QUESTION));
            assertThat(owner.capacity()).isEqualTo(500);
            assertThat(owner.tokens()).isEqualTo(join(half, OTHER_QUESTION));
            assertReads(model, other, QUESTION, join(DOCUMENT, QUESTION));
            owner.truncate(0);
            assertReads(model, owner, QUESTION, QUESTION);
        }
    }

    @Test
    void whatOthersReadNoLongerIsWrittenWhereItIs() {
        try (LanguageModel model = load("llama3-tiny", Device.CPU);
                KeyValueCache owner = read(model, DOCUMENT)) {
            long bytes = owner.bytes();
            owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW).close();
            owner.truncate(10);
            assertThat(owner.isReadBehind(10)).isFalse();
            assertReads(model, owner, QUESTION, join(Arrays.copyOf(DOCUMENT, 10), QUESTION));
            assertThat(owner.bytes()).isEqualTo(bytes);
        }
    }

    /** A branch of a branch reads in two memories. */
    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "architectures/gemma3"})
    void aBranchHasBranches(String name) {
        int[] conversation = join(DOCUMENT, QUESTION, OTHER_QUESTION);
        try (LanguageModel model = load(name, Device.CPU);
                KeyValueCache owner = read(model, DOCUMENT);
                KeyValueCache branch = owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW)) {
            model.prefill(branch, join(QUESTION, OTHER_QUESTION), done -> {});
            try (KeyValueCache twice = branch.branch(conversation.length, 600, CacheExtent.WINDOW)) {
                assertThat(twice.memory()).hasSize(3);
                assertReads(model, twice, QUESTION, join(conversation, QUESTION));
                // between the two
                twice.truncate(DOCUMENT.length + 5);
                branch.truncate(DOCUMENT.length + 5);
                int[] begun = Arrays.copyOf(conversation, DOCUMENT.length + 5);
                assertReads(model, branch, OTHER_QUESTION, join(begun, OTHER_QUESTION));
                assertReads(model, twice, QUESTION, join(begun, QUESTION));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "architectures/gemma3"})
    void aBranchGrows(String name) {
        try (LanguageModel model = load(name, Device.CPU);
                KeyValueCache owner = read(model, DOCUMENT);
                KeyValueCache branch = owner.branch(DOCUMENT.length, 440, CacheExtent.WINDOW)) {
            model.prefill(branch, QUESTION, done -> {});
            branch.ensureCapacity(700);
            assertThat(branch.capacity()).isEqualTo(700);
            assertThat(branch.memory()).containsAll(owner.memory());
            assertReads(model, branch, OTHER_QUESTION, join(DOCUMENT, QUESTION, OTHER_QUESTION));
            owner.ensureCapacity(1000);
            assertReads(model, owner, QUESTION, join(DOCUMENT, QUESTION));
        }
    }

    /** Sharing would keep all of the memory, for a system message. */
    @Test
    void fewRowsOfMuchMemoryAreCopied() {
        int[] few = Arrays.copyOf(DOCUMENT, 60);
        try (LanguageModel model = load("llama3-tiny", Device.CPU);
                KeyValueCache owner = read(model, DOCUMENT);
                KeyValueCache branch = owner.branch(few.length, 200, CacheExtent.WINDOW)) {
            assertThat(owner.shared(few.length)).isZero();
            assertThat(branch.memory()).hasSize(1).doesNotContainAnyElementsOf(owner.memory());
            owner.truncate(3);
            assertReads(model, owner, QUESTION, join(Arrays.copyOf(few, 3), QUESTION));
            assertReads(model, branch, QUESTION, join(few, QUESTION));
        }
    }

    @Test
    void rowsAreChosenOfABranch() {
        BitSet chosen = new BitSet();
        chosen.set(0, 9);
        chosen.set(300, 412);
        try (LanguageModel model = load("llama3-tiny", Device.CPU);
                KeyValueCache owner = read(model, DOCUMENT);
                KeyValueCache branch = owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW);
                KeyValueCache alone = read(model, join(DOCUMENT, QUESTION));
                KeyValueCache room = model.newCache(200);
                KeyValueCache roomAlone = model.newCache(200)) {
            model.prefill(branch, QUESTION, done -> {});
            CacheRows rows = new CacheRows(room);
            CacheRows rowsAlone = new CacheRows(roomAlone);
            rows.copy(branch, chosen);
            rowsAlone.copy(alone, chosen);
            double[][] expected = model.logits(rowsAlone, OTHER_QUESTION, 40);
            double[][] logits = model.logits(rows, OTHER_QUESTION, 40);
            for (int i = 0; i < 40; i++) {
                assertThat(logits[i]).containsExactly(expected[i], within(1e-4));
            }
        }
    }

    /** In blocks, of which one begins in what is shared and ends behind it. */
    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "architectures/gemma3"})
    void aBranchIsWrittenAndRestored(String name) {
        int[] all = join(DOCUMENT, QUESTION);
        try (LanguageModel model = load(name, Device.CPU);
                KeyValueCache owner = model.newCache(500, CacheExtent.ALL);
                KeyValueCache alone = model.newCache(500, CacheExtent.ALL)) {
            model.prefill(owner, DOCUMENT, done -> {});
            model.prefill(alone, all, done -> {});
            try (KeyValueCache branch = owner.branch(DOCUMENT.length, 500, CacheExtent.ALL);
                    KeyValueCache restored = owner.branch(DOCUMENT.length, 500, CacheExtent.ALL)) {
                model.prefill(branch, QUESTION, done -> {});
                ByteBuffer written = bytes(model, branch);
                assertThat(floats(written)).containsExactly(floats(bytes(model, alone)), within(1e-5f));
                int[] block = Arrays.copyOfRange(all, 330, 430);
                restored.restoreRows(330, block, written);
                assertThat(restored.tokens()).isEqualTo(all);
                assertThat(restored.memory()).containsAll(owner.memory());
                assertReads(model, restored, OTHER_QUESTION, join(all, OTHER_QUESTION));
                assertReads(model, owner, OTHER_QUESTION, join(DOCUMENT, OTHER_QUESTION));
            }
        }
    }

    /** Of the last 100. */
    private static ByteBuffer bytes(LanguageModel model, KeyValueCache cache) {
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) model.rowBytes(100)).order(ByteOrder.nativeOrder());
        cache.copyRows(330, 100, bytes);
        return bytes;
    }

    private static float[] floats(ByteBuffer bytes) {
        float[] floats = new float[bytes.capacity() / 4];
        bytes.asFloatBuffer().get(floats);
        return floats;
    }

    @Test
    void aBranchBeginsWithTokensThatAreThereAndHasRoomForMore() {
        try (LanguageModel model = load("llama3-tiny", Device.CPU);
                KeyValueCache owner = read(model, DOCUMENT)) {
            assertThatThrownBy(() -> owner.branch(401, 500, CacheExtent.WINDOW))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("401 of 400 tokens cannot begin a KV cache for 500");
            assertThatThrownBy(() -> owner.branch(400, 400, CacheExtent.WINDOW))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(owner.memory()).allMatch(memory -> memory.users() == 1);
        }
    }

    @Test
    void itIsClosedWhenAllHaveClosedIt() {
        try (LanguageModel model = load("llama3-tiny", Device.CPU)) {
            KeyValueCache owner = read(model, DOCUMENT);
            owner.hold();
            owner.close();
            try (KeyValueCache branch = owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW)) {
                owner.close();
                assertThatThrownBy(() -> owner.branch(DOCUMENT.length, 500, CacheExtent.WINDOW))
                        .isInstanceOf(IllegalStateException.class);
                assertReads(model, branch, QUESTION, join(DOCUMENT, QUESTION));
            }
        }
    }
}

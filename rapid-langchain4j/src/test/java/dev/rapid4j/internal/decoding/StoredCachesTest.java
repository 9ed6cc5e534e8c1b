package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CacheType;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.diskcache.Header;
import dev.rapid4j.internal.diskcache.Key;
import dev.rapid4j.internal.diskcache.TokenBlocks;
import dev.rapid4j.internal.model.CacheIdentity;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredCachesTest {

    private static final GenerationListener QUIET = new GenerationListener() {};
    private static final int[] PROMPT = tokens(1, 1300);
    /** The last token is never in a cache when a prompt has been read. */
    private static final int STORED = 1280;

    private static Checkpoint checkpoint;
    private static LanguageModel model;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() {
        checkpoint = Checkpoint.open(LighthouseModel.directory());
        model = LanguageModel.load(checkpoint, Device.CPU, WeightFormat.FLOAT32);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = CacheType.class,
            names = {"FLOAT32", "FLOAT16", "BFLOAT16"})
    void keysAndValuesComeBackBitForBit(CacheType type) {
        try (LanguageModel typed = LanguageModel.load(
                        checkpoint, Device.CPU, WeightFormat.FLOAT32, type, 8192, new ProgressListener() {});
                KeyValueCache cache = typed.newCache(1500);
                KeyValueCache restored = typed.newCache(2000)) {
            typed.prefill(cache, PROMPT, done -> {});
            Key identity = CacheIdentity.of(checkpoint, typed);
            new StoredCaches(open(), typed, identity).write(cache);
            assertThat(new StoredCaches(open(), typed, identity).extend(restored, PROMPT, PROMPT.length, QUIET))
                    .isEqualTo(STORED);
            assertThat(rows(typed, restored)).isEqualTo(rows(typed, cache));
            assertThat(restored.tokens()).isEqualTo(Arrays.copyOf(PROMPT, STORED));
        }
    }

    @Test
    void afterARestartAPromptIsTakenFromTheDiskAndTheAnswerIsTheSame() {
        Generation first = answer(PROMPT, Mode.LONG_CONTEXT, QUIET);
        List<Integer> told = new ArrayList<>();
        Generation second = answer(PROMPT, Mode.LONG_CONTEXT, new GenerationListener() {
            @Override
            public void onPrefill(int done, int total) {
                told.add(done);
            }
        });
        assertThat(first.statistics().cachedTokens()).isZero();
        assertThat(second.statistics().cachedTokens()).isEqualTo(STORED);
        assertThat(first.statistics().restoredTokens()).isZero();
        assertThat(second.statistics().restoredTokens()).isEqualTo(STORED);
        assertThat(second.tokens()).isEqualTo(first.tokens());
        assertThat(told).startsWith(256, 512, 768, 1024, STORED, STORED);
    }

    @Test
    void aCacheThatDoesNotStayInMemoryIsWrittenAtOnce() {
        try (Generator generator = generator(0)) {
            generator.read(PROMPT, QUIET);
            assertThat(generator.read(PROMPT, QUIET)).isEqualTo(STORED);
        }
    }

    @Test
    void whatWasReadIsOnTheDiskThoughTheProcessIsKilled() {
        DiskCache disk = open();
        try (Generator killed = generator(Long.MAX_VALUE, disk)) {
            killed.read(PROMPT, QUIET);
            disk.awaitBackground();
            assertThat(read()).isEqualTo(STORED);
        }
    }

    @Test
    void nothingIsWrittenWhileARequestNeedsTheMachine() {
        DiskCache disk = open();
        try (Generator generator = generator(Long.MAX_VALUE, disk)) {
            whileAnotherRuns(generator, () -> {
                generator.read(PROMPT, QUIET);
                disk.awaitBackground();
                assertThat(folder).isEmptyDirectory();
            });
        }
        assertThat(read()).isEqualTo(STORED);
    }

    @Test
    void whatAnotherQuestionHasNoUseForIsNotLost() {
        int[] first = join(PROMPT, tokens(11, 1200));
        int[] second = join(PROMPT, tokens(12, 300));
        try (Generator generator = generator(Long.MAX_VALUE)) {
            // so that it cannot be written before the second comes
            whileAnotherRuns(generator, () -> {
                generator.read(first, QUIET);
                assertThat(generator.read(second, QUIET)).isEqualTo(PROMPT.length);
            });
            assertThat(generator.known(join(first, new int[] {1}))).isEqualTo(first.length);
        }
        try (Generator generator = generator(Long.MAX_VALUE)) {
            assertThat(generator.known(first)).isEqualTo(first.length / TokenBlocks.TOKENS * TokenBlocks.TOKENS);
            assertThat(generator.known(second)).isEqualTo(second.length / TokenBlocks.TOKENS * TokenBlocks.TOKENS);
            assertThat(generator.known(tokens(13, 1300))).isZero();
        }
    }

    @Test
    void aBeginningThatNoQuestionWouldTakeFromMemoryIsNotKnown() {
        int[] system = tokens(3, 400);
        try (Generator generator = generator(Long.MAX_VALUE)) {
            generator.read(join(system, PROMPT), QUIET);
            int[] other = join(system, tokens(4, 500));
            int known = generator.known(join(other, new int[] {1}));
            assertThat(generator.read(other, QUIET)).isEqualTo(known).isZero();
        }
    }

    private static void whileAnotherRuns(Generator generator, Runnable action) {
        ReadAhead running = generator.readAhead(tokens(10, 20), 5, QUIET);
        try {
            action.run();
        } finally {
            running.close();
        }
    }

    @Test
    void whatLeavesMemoryIsWrittenWhoeverAsksHowMuchThereIs() throws Exception {
        DiskCache disk = open();
        StoredCaches stored = new StoredCaches(disk, model, CacheIdentity.of(checkpoint, model));
        long cache = model.cacheBytes(2048);
        AtomicLong available = new AtomicLong(Long.MAX_VALUE / 2);
        CachePool pool = new CachePool(Long.MAX_VALUE, Optional.of(stored), device -> available.get());
        KeyValueCache read = pool.take(pool.need(model, PROMPT, 2000), QUIET);
        model.prefill(read, PROMPT, done -> {});
        // enough for the other one if this one leaves
        available.set(model.workingBytes() + model.cacheBytes(2048 - PROMPT.length));
        Thread request = new Thread(() -> pool.discard(pool.take(pool.need(model, tokens(10, 20), 2000), QUIET)));
        // as long as somebody writes to it, the disk takes nothing else
        synchronized (disk) {
            pool.giveBack(model, read, true);
            request.start();
            while (request.getState() != Thread.State.BLOCKED) {
                Thread.sleep(10);
            }
            assertThat(CompletableFuture.supplyAsync(pool::bytes).get(5, TimeUnit.SECONDS))
                    .isEqualTo(cache);
        }
        request.join();
        pool.close();
        assertThat(read()).isEqualTo(STORED);
    }

    /** Whoever waits for memory is not refused, as it will be free. */
    @Test
    void whatWaitsForAnotherToBeWrittenCounts() throws Exception {
        DiskCache disk = open();
        StoredCaches stored = new StoredCaches(disk, model, CacheIdentity.of(checkpoint, model));
        CachePool pool = new CachePool(0, Optional.of(stored), device -> Long.MAX_VALUE / 2);
        KeyValueCache first = pool.take(pool.need(model, PROMPT, 2000), QUIET);
        model.prefill(first, PROMPT, done -> {});
        KeyValueCache second = pool.take(pool.need(model, tokens(10, 1300), 2000), QUIET);
        model.prefill(second, tokens(10, 1300), done -> {});
        Thread returning = new Thread(() -> pool.giveBack(model, second, true));
        // as long as somebody writes to it, the disk takes nothing else
        synchronized (disk) {
            pool.giveBack(model, first, true);
            returning.start();
            while (returning.getState() != Thread.State.WAITING) {
                Thread.sleep(10);
            }
            assertThat(pool.bytes()).isEqualTo(2 * model.cacheBytes(2048));
        }
        returning.join();
        pool.close();
        assertThat(pool.bytes()).isZero();
        assertThat(read()).isEqualTo(STORED);
    }

    @Test
    void whoListensToOneRequestKeepsNoOtherFromReading() throws Exception {
        answer(PROMPT, Mode.LONG_CONTEXT, QUIET);
        StoredCaches stored = new StoredCaches(open(), model, CacheIdentity.of(checkpoint, model));
        CountDownLatch heard = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        GenerationListener slow = new GenerationListener() {
            @Override
            public void onPrefill(int done, int total) {
                heard.countDown();
                await(goesOn);
            }
        };
        try (KeyValueCache one = model.newCache(2000);
                KeyValueCache other = model.newCache(2000)) {
            CompletableFuture<Integer> slowly =
                    CompletableFuture.supplyAsync(() -> stored.extend(one, PROMPT, PROMPT.length, slow));
            await(heard);
            assertThat(CompletableFuture.supplyAsync(() -> stored.extend(other, PROMPT, PROMPT.length, QUIET))
                            .get(30, TimeUnit.SECONDS))
                    .isEqualTo(STORED);
            goesOn.countDown();
            assertThat(slowly.get(30, TimeUnit.SECONDS)).isEqualTo(STORED);
            assertThat(rows(model, one)).isEqualTo(rows(model, other));
        }
    }

    @Test
    void whatIsInMemoryGoesOnWithWhatIsOnTheDisk() {
        answer(PROMPT, Mode.LONG_CONTEXT, QUIET);
        try (Generator generator = generator(Long.MAX_VALUE)) {
            generator.read(Arrays.copyOf(PROMPT, 600), QUIET);
            assertThat(generator.read(PROMPT, QUIET)).isEqualTo(STORED);
        }
    }

    @Test
    void ofAPromptThatIsTooLongForTheFolderTheBeginningIsKept() {
        long block = model.cacheBytes(TokenBlocks.TOKENS) + 2048;
        for (int i = 0; i < 2; i++) {
            try (Generator generator = generator(Long.MAX_VALUE, DiskCache.open(folder, 4 * block))) {
                assertThat(generator.read(PROMPT, QUIET)).isEqualTo(i * 3 * TokenBlocks.TOKENS);
            }
        }
    }

    @Test
    void ofCachesInMemoryThatTheFolderHasNoRoomForNoneDrivesOutAnother() throws IOException {
        DiskCache disk = DiskCache.open(folder, 8 * (model.cacheBytes(TokenBlocks.TOKENS) + 2048));
        try (Generator generator = generator(Long.MAX_VALUE, disk)) {
            generator.read(PROMPT, QUIET);
            disk.awaitBackground();
            generator.read(tokens(14, 1300), QUIET);
            disk.awaitBackground();
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).hasSize(STORED / TokenBlocks.TOKENS).contains(file(4));
            }
        }
    }

    @Test
    void whileARequestRunsNothingIsWritten() {
        DiskCache disk = open();
        try (Generator generator = generator(Long.MAX_VALUE, disk)) {
            generator.undisturbed(() -> {
                generator.read(PROMPT, QUIET);
                disk.awaitBackground();
                assertThat(folder).isEmptyDirectory();
            });
            disk.awaitBackground();
            assertThat(folder).isNotEmptyDirectory();
        }
    }

    @Test
    void aDamagedBlockEndsWhatIsTakenAndIsWrittenAnew() throws IOException {
        answer(PROMPT, Mode.LONG_CONTEXT, QUIET);
        Path damaged = file(3);
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 2] ^= 4;
        Files.write(damaged, bytes);
        try (Generator generator = generator(Long.MAX_VALUE)) {
            assertThat(generator.read(PROMPT, QUIET)).isEqualTo(3 * TokenBlocks.TOKENS);
        }
        assertThat(read()).isEqualTo(STORED);
    }

    @Test
    void anotherFormatOfTheWeightsFindsNothing() {
        try (LanguageModel half = LanguageModel.load(
                checkpoint,
                Device.CPU,
                WeightFormat.BFLOAT16,
                CacheType.FLOAT32,
                Integer.MAX_VALUE,
                new ProgressListener() {})) {
            assertThat(CacheIdentity.of(checkpoint, half)).isNotEqualTo(CacheIdentity.of(checkpoint, model));
        }
    }

    @Test
    void aDraftersPromptAndShortOnesAreNotWritten() {
        answer(PROMPT, Mode.RETRIEVAL_ONLY, QUIET);
        answer(tokens(2, StoredCaches.LEAST_TOKENS - 200), Mode.LONG_CONTEXT, QUIET);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whoNoLongerWaitsIsNotKeptWaiting() {
        answer(PROMPT, Mode.LONG_CONTEXT, QUIET);
        try (Generator generator = generator(Long.MAX_VALUE)) {
            List<Integer> told = new ArrayList<>();
            GenerationListener impatient = new GenerationListener() {
                @Override
                public void onPrefill(int done, int total) {
                    told.add(done);
                }

                @Override
                public void checkCancelled() {
                    if (!told.isEmpty()) {
                        throw new CancellationException();
                    }
                }
            };
            assertThatThrownBy(() -> generator.read(PROMPT, impatient)).isInstanceOf(CancellationException.class);
            assertThat(told).containsExactly(TokenBlocks.TOKENS);
            assertThat(generator.read(PROMPT, QUIET)).isEqualTo(STORED);
        }
    }

    @Test
    void aTextIsForgottenWithAllThatFollowsItAndNothingElse() {
        int[] system = tokens(3, 600);
        int[] document = tokens(4, 900);
        int[] other = tokens(5, 900);
        int[] question = tokens(6, 300);
        try (Generator generator = generator(Long.MAX_VALUE)) {
            generator.read(join(system, document, question), QUIET);
            generator.read(join(system, other, question), QUIET);
        }
        try (Generator generator = generator(Long.MAX_VALUE)) {
            generator.read(join(system, document, question), QUIET);
            Forgotten forgotten = generator.forget(new TokenRuns(document));
            // block 2 is the first with tokens of the document
            assertThat(forgotten).isEqualTo(new Forgotten(1, 1800 / 256 - 2));
            assertThat(generator.forget(new TokenRuns(document))).isEqualTo(new Forgotten(0, 0));
            assertThat(generator.read(join(system, document, question), QUIET)).isEqualTo(512);
            assertThat(generator.read(join(system, other, question), QUIET)).isGreaterThan(1700);
        }
    }

    @Test
    void aForgottenTextThatLeavesMemoryIsNeitherWrittenNorWaitedFor() throws Exception {
        DiskCache disk = open();
        CountDownLatch begun = new CountDownLatch(1);
        try (Generator generator = generator(0, disk)) {
            disk.inBackground(() -> await(begun));
            try {
                generator.read(PROMPT, QUIET);
                assertThat(CompletableFuture.supplyAsync(() -> generator.forget(new TokenRuns(PROMPT)))
                                .get(20, TimeUnit.SECONDS))
                        .isEqualTo(new Forgotten(1, 0));
            } finally {
                begun.countDown();
            }
        }
        assertThat(folder).isEmptyDirectory();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void runsOfATextAreRecognisedWhereverTheyStand() {
        TokenRuns runs = new TokenRuns(tokens(7, 200));
        int[] quoted = join(tokens(8, 50), Arrays.copyOfRange(tokens(7, 200), 20, 90), tokens(9, 50));
        assertThat(runs.in(quoted).stream())
                .containsExactlyElementsOf(IntStream.range(50, 120).boxed().toList());
        assertThat(runs.in(tokens(8, 300)).isEmpty()).isTrue();
    }

    @Test
    void aShortTextIsRecognisedByAllOfItButItsBorders() {
        int[] text = tokens(7, 12);
        TokenRuns runs = new TokenRuns(text);
        int[] inner = Arrays.copyOfRange(text, 1, 11);
        assertThat(runs.in(join(tokens(8, 5), inner, tokens(9, 5))).cardinality())
                .isEqualTo(10);
        assertThat(runs.in(join(Arrays.copyOf(text, 9), tokens(9, 5))).isEmpty())
                .isTrue();
        assertThatThrownBy(() -> new TokenRuns(tokens(7, 7))).isInstanceOf(IllegalArgumentException.class);
    }

    private int read() {
        try (Generator generator = generator(Long.MAX_VALUE)) {
            return generator.read(PROMPT, QUIET);
        }
    }

    private Generation answer(int[] prompt, Mode mode, GenerationListener listener) {
        try (Generator generator = generator(Long.MAX_VALUE)) {
            return generator.generate(GeneratorFixture.greedy(prompt, prompt, mode, 0, 30), listener);
        }
    }

    private Generator generator(long cacheBytes) {
        return generator(cacheBytes, open());
    }

    private static Generator generator(long cacheBytes, DiskCache disk) {
        StoredCaches stored = new StoredCaches(disk, model, CacheIdentity.of(checkpoint, model));
        return new Generator(model, model, Set.of(), cacheBytes, Optional.of(stored));
    }

    private DiskCache open() {
        return DiskCache.open(folder, Long.MAX_VALUE);
    }

    private Path file(int block) {
        Header header = TokenBlocks.of(CacheIdentity.of(checkpoint, model), PROMPT, PROMPT.length)
                .get(block);
        return folder.resolve(header.key().hex() + ".rapid");
    }

    private static ByteBuffer rows(LanguageModel model, KeyValueCache cache) {
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) model.cacheBytes(STORED));
        cache.copyRows(0, STORED, bytes);
        return bytes;
    }

    private static int[] tokens(int seed, int count) {
        return new Random(seed).ints(count, 50, 700).toArray();
    }

    private static int[] join(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }
}

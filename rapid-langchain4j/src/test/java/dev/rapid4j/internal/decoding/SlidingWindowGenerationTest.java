package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.diskcache.DiskCache;
import dev.rapid4j.internal.diskcache.TokenBlocks;
import dev.rapid4j.internal.model.CacheIdentity;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Answers of models whose attention slides over a window, of which caches keep the end only: they are those of caches
 * of every token, as there are where they go to the disk.
 */
class SlidingWindowGenerationTest {

    private static final GenerationListener QUIET = new GenerationListener() {};
    private static final SamplingParameters GREEDY = new SamplingParameters(0, 1, 0, 0, 0);
    private static final int WINDOW = 21;

    /** Beyond what is kept of it. */
    private static final int[] PROMPT =
            new SplittableRandom(8).ints(4000, 0, 384).toArray();

    private static final int[] PASSAGES = Arrays.copyOfRange(PROMPT, 2950, 3100);

    @TempDir
    private static Path folder;

    private static Checkpoint alternating;
    private static LanguageModel qwen;
    private static LanguageModel mistral;

    @BeforeAll
    static void load() {
        alternating = Golden.windowed("qwen3-tiny", WINDOW, folder);
        qwen = LanguageModel.load(alternating, Device.CPU, WeightFormat.FLOAT32);
        mistral = LanguageModel.load(Golden.windowed("mistral-tiny", WINDOW, folder), Device.CPU, WeightFormat.FLOAT32);
    }

    @AfterAll
    static void close() {
        qwen.close();
        mistral.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allModesAnswerAsWithCachesOfEveryToken(boolean self) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            for (double margin : mode == Mode.RAPID ? new double[] {0, 10} : new double[] {0}) {
                for (DraftContext context :
                        new DraftContext[] {DraftContext.PASSAGE_PROMPT, DraftContext.PASSAGE_ROWS}) {
                    requests.add(request(PROMPT, plan(mode, margin, context), 25));
                }
            }
        }
        LanguageModel drafter = self ? qwen : mistral;
        List<Generation> windows = answers(drafter, Optional.empty(), requests);
        List<Generation> all = answers(drafter, Optional.of(disk(folder.resolve("modes" + self))), requests);
        for (int i = 0; i < requests.size(); i++) {
            assertThat(windows.get(i).tokens())
                    .as(requests.get(i).plan().toString())
                    .hasSize(25)
                    .isEqualTo(all.get(i).tokens());
            assertThat(windows.get(i).statistics().cachedTokens())
                    .isEqualTo(all.get(i).statistics().cachedTokens());
        }
        List<Integer> alone = windows.get(requests.size() - 5).tokens();
        for (int i = 0; i < requests.size(); i++) {
            DecodingPlan plan = requests.get(i).plan();
            if (plan.writer() == DecodingPlan.Writer.TARGET && plan.margin() == 0) {
                assertThat(windows.get(i).tokens()).as(plan.toString()).isEqualTo(alone);
            }
        }
    }

    /** So that windows are moved while it is written and drafts are taken back. */
    @Test
    void aLongAnswerIsThatOfTheTargetAlone() {
        List<GenerationRequest> requests = List.of(
                request(PROMPT, plan(Mode.LONG_CONTEXT, 0, DraftContext.AUTO), 600),
                request(PROMPT, plan(Mode.NAIVE_SPECULATIVE, 0, DraftContext.AUTO), 600));
        List<Generation> answers = answers(mistral, Optional.empty(), requests);
        assertThat(answers.get(1).tokens()).isEqualTo(answers.get(0).tokens());
    }

    @Test
    void aSecondQuestionFindsTheDocumentRead() {
        int[] other = Arrays.copyOf(PROMPT, PROMPT.length);
        Arrays.fill(other, PROMPT.length - 40, PROMPT.length, 7);
        GenerationRequest second = request(other, plan(Mode.LONG_CONTEXT, 0, DraftContext.AUTO), 20);
        GenerationRequest first = request(PROMPT, plan(Mode.LONG_CONTEXT, 0, DraftContext.AUTO), 700);
        Generation fresh = answers(qwen, Optional.empty(), List.of(second)).get(0);
        Generation found =
                answers(qwen, Optional.empty(), List.of(first, second)).get(1);
        assertThat(found.statistics().cachedTokens()).isEqualTo(PROMPT.length - 40);
        assertThat(found.tokens()).isEqualTo(fresh.tokens());
    }

    /** The cache was made for the short one. */
    @Test
    void aLongAnswerBehindAShortOneLeavesTheDocumentRead() {
        int[] answered = Arrays.copyOf(PROMPT, PROMPT.length + 2500);
        try (CachePool pool = new CachePool(1 << 30, Optional.empty())) {
            KeyValueCache cache = pool.take(pool.need(qwen, PROMPT, PROMPT.length + 10), QUIET);
            qwen.prefill(cache, PROMPT, done -> {});
            pool.giveBack(qwen, cache, false);
            cache = pool.take(pool.need(qwen, PROMPT, answered.length), QUIET);
            assertThat(cache.length()).isEqualTo(PROMPT.length);
            qwen.prefill(cache, Arrays.copyOfRange(answered, PROMPT.length, answered.length), done -> {});
            pool.giveBack(qwen, cache, false);
            assertThat(pool.known(qwen, Arrays.copyOf(PROMPT, PROMPT.length - 40)))
                    .isEqualTo(PROMPT.length - 41);
            assertThat(pool.bytes()).isEqualTo(cache.bytes());
        }
    }

    @Test
    void afterARestartTheDocumentIsTakenFromTheDisk() {
        GenerationRequest request = request(PROMPT, plan(Mode.SPECULATIVE, 0, DraftContext.PASSAGE_ROWS), 20);
        Path directory = folder.resolve("restart");
        Generation first =
                answers(qwen, Optional.of(disk(directory)), List.of(request)).get(0);
        Generation second =
                answers(qwen, Optional.of(disk(directory)), List.of(request)).get(0);
        assertThat(second.statistics().restoredTokens())
                .isEqualTo((PROMPT.length - 1) / TokenBlocks.TOKENS * TokenBlocks.TOKENS);
        assertThat(second.tokens()).isEqualTo(first.tokens());
    }

    private static DiskCache disk(Path directory) {
        return DiskCache.open(directory, Long.MAX_VALUE);
    }

    private static List<Generation> answers(
            LanguageModel drafter, Optional<DiskCache> disk, List<GenerationRequest> requests) {
        Optional<StoredCaches> stored =
                disk.map(cache -> new StoredCaches(cache, qwen, CacheIdentity.of(alternating, qwen)));
        try (Generator generator = new Generator(qwen, drafter, Set.of(), 1 << 30, stored)) {
            return requests.stream()
                    .map(request -> generator.generate(request, QUIET))
                    .toList();
        }
    }

    private static DecodingPlan plan(Mode mode, double margin, DraftContext context) {
        return DecodingPlan.of(mode, margin, true, 100, Optional.empty(), context, false);
    }

    private static GenerationRequest request(int[] prompt, DecodingPlan plan, int limit) {
        BitSet passages = new BitSet();
        passages.set(0, 20);
        passages.set(1000, 1100);
        passages.set(2950, 3100);
        passages.set(prompt.length - 60, prompt.length);
        return new GenerationRequest(
                new PromptTokens(prompt, PASSAGES, Optional.of(passages)),
                plan,
                GREEDY,
                new SpeculationParameters(plan.margin(), 10, 0, 0.1),
                1,
                limit);
    }
}

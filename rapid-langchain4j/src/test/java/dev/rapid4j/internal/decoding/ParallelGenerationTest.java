package dev.rapid4j.internal.decoding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.DraftContext;
import dev.rapid4j.Mode;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers that are written at the same time, each as if it were alone. */
@Timeout(120)
class ParallelGenerationTest extends GeneratorFixture {

    private static final int THREADS = 8;
    private static final int LIMIT = 30;

    /** What is asked at the same time, in a way of its own each. */
    private enum Ways {
        PLAIN(Mode.LONG_CONTEXT, 0, false),
        SPECULATIVE(Mode.SPECULATIVE, 0, false),
        RAPID_WITHOUT_MARGIN(Mode.RAPID, 0, false),
        RAPID(Mode.RAPID, 10, false),
        RAPID_LEARNING_FROM_EVERY_TOKEN(Mode.RAPID, 10, true),
        NAIVE(Mode.NAIVE_SPECULATIVE, 0, false),
        STREAMING(Mode.STREAMING_DRAFT, 0, false),
        PASSAGES(Mode.PASSAGE_ATTENTION, 0, false),
        DRAFTER_ALONE(Mode.RETRIEVAL_ONLY, 0, false);

        private final Mode mode;
        private final double margin;
        private final boolean everyToken;

        Ways(Mode mode, double margin, boolean everyToken) {
            this.mode = mode;
            this.margin = margin;
            this.everyToken = everyToken;
        }

        DecodingPlan plan(boolean lookup) {
            return DecodingPlan.of(
                    mode, margin, everyToken, DRAFT_CONTEXT, Optional.of(lookup), DraftContext.PASSAGE_PROMPT, true);
        }
    }

    /** Only tokens of one class may follow one of another, and now and then only one. */
    private record Classes(int at, int before) implements Constraint {

        @Override
        public Optional<TokenSet> allowed() {
            return at % 7 < 2
                    ? Optional.empty()
                    : Optional.of(TokenSet.of(
                            384, token -> at % 7 == 5 ? token == 40 + before % 9 : token % 11 == before % 11));
        }

        @Override
        public Constraint after(int token) {
            return new Classes(at + 1, token);
        }

        @Override
        public int[] certain(int most) {
            return new int[0];
        }

        @Override
        public boolean complete() {
            return false;
        }
    }

    private static GenerationRequest request(Ways way, int asked, SamplingParameters sampling, Constraint constraint) {
        int[] prompt = Arrays.copyOfRange(PROMPT, asked, PROMPT.length - 10 + asked);
        // of another length each, so that those that go together are at different places
        return new GenerationRequest(
                prompts(Arrays.copyOf(prompt, prompt.length - 3 * asked), SHORT_PROMPT),
                way.plan(asked % 2 == 1),
                sampling,
                new SpeculationParameters(way.margin, 2 + asked, 0, 0.1),
                asked,
                LIMIT,
                constraint);
    }

    private static List<List<Integer>> alone(Generator generator, List<GenerationRequest> requests) {
        return requests.stream()
                .map(request -> generator.generate(request, QUIET).tokens())
                .toList();
    }

    private static List<List<Integer>> together(Generator generator, List<GenerationRequest> requests)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(requests.size());
        CountDownLatch begin = new CountDownLatch(requests.size());
        try {
            List<CompletableFuture<List<Integer>>> answers = requests.stream()
                    .map(request -> CompletableFuture.supplyAsync(
                            () -> {
                                await(begin);
                                return generator.generate(request, QUIET).tokens();
                            },
                            threads))
                    .toList();
            List<List<Integer>> tokens = new ArrayList<>();
            for (CompletableFuture<List<Integer>> answer : answers) {
                tokens.add(answer.get(60, SECONDS));
            }
            return tokens;
        } finally {
            threads.shutdownNow();
        }
    }

    private static void await(CountDownLatch begin) {
        begin.countDown();
        try {
            begin.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertAlike(List<GenerationRequest> requests) throws Exception {
        try (Generator first = generator(mistral);
                Generator second = generator(mistral)) {
            assertThat(together(second, requests)).isEqualTo(alone(first, requests));
        }
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void greedyAnswersAreThoseOfRequestsAlone(Ways way) throws Exception {
        assertAlike(IntStream.range(0, THREADS)
                .mapToObj(i -> request(way, i, GREEDY, Constraint.NONE))
                .toList());
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void seedsFixAnswersInCompanyToo(Ways way) throws Exception {
        SamplingParameters sampling = new SamplingParameters(0.8, 0.95, 50, 0.3, 0.2);
        assertAlike(IntStream.range(0, THREADS)
                .mapToObj(i -> request(way, i, sampling, Constraint.NONE))
                .toList());
    }

    @ParameterizedTest
    @EnumSource(Ways.class)
    void constraintsHoldForEachByItself(Ways way) throws Exception {
        assertAlike(IntStream.range(0, THREADS)
                .mapToObj(i -> request(way, i, GREEDY, i % 3 == 0 ? Constraint.NONE : new Classes(0, i)))
                .toList());
    }

    @Test
    void allWaysGoTogether() throws Exception {
        assertAlike(Arrays.stream(Ways.values())
                .map(way -> request(way, way.ordinal(), GREEDY, Constraint.NONE))
                .toList());
    }

    @Test
    void theTargetDraftsForItselfInCompany() throws Exception {
        List<GenerationRequest> requests = IntStream.range(0, THREADS)
                .mapToObj(i -> request(Ways.RAPID, i, GREEDY, Constraint.NONE))
                .toList();
        try (Generator first = generator(llama);
                Generator second = generator(llama)) {
            assertThat(together(second, requests)).isEqualTo(alone(first, requests));
        }
    }

    @Test
    void whoIsCancelledLeavesTheOthersAsTheyAre() throws Exception {
        List<GenerationRequest> requests = IntStream.range(0, 4)
                .mapToObj(i -> request(Ways.RAPID, i, GREEDY, Constraint.NONE))
                .toList();
        try (Generator first = generator(mistral);
                Generator second = generator(mistral)) {
            List<List<Integer>> alone = alone(first, requests);
            CompletableFuture<Generation> cancelled = CompletableFuture.supplyAsync(() ->
                    second.generate(request(Ways.PLAIN, 5, GREEDY, Constraint.NONE), new GenerationListener() {
                        @Override
                        public boolean onToken(int token, TokenSource source) {
                            throw new CancellationException("enough");
                        }
                    }));
            assertThat(together(second, requests)).isEqualTo(alone);
            assertThatThrownBy(() -> cancelled.get(60, SECONDS)).hasCauseInstanceOf(CancellationException.class);
        }
    }

    @Test
    void aFollowUpQuestionFindsWhatWasReadInCompany() throws Exception {
        List<GenerationRequest> requests = IntStream.range(0, 4)
                .mapToObj(i -> request(Ways.PLAIN, i, GREEDY, Constraint.NONE))
                .toList();
        try (Generator generator = new Generator(llama, mistral, Set.of(), CACHE_BYTES)) {
            List<List<Integer>> tokens = together(generator, requests);
            for (int i = 0; i < requests.size(); i++) {
                Generation again = generator.generate(requests.get(i), QUIET);
                assertThat(again.tokens()).isEqualTo(tokens.get(i));
                assertThat(again.cachedTokens()).isEqualTo(requests.get(i).writerPrompt().length - 1);
            }
        }
    }
}

package dev.rapid4j.internal.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.Mode;
import dev.rapid4j.testing.Golden.Expected;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The target reads before its request is complete. */
class ReadAheadTest extends GeneratorFixture {

    @Test
    void aPromptThatWasReadAheadIsAnsweredAlike() {
        int[] prompt = Expected.of("llama3-tiny").inputIds();
        GenerationRequest request = greedy(prompt, SHORT_PROMPT, Mode.RAPID, 10, 20);
        List<Integer> told = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void onPrefill(int done, int total) {
                if (total == prompt.length) {
                    told.add(done);
                }
            }
        };
        try (Generator generator = generator(llama)) {
            Generation expected = generator.generate(request, QUIET);
            try (Generator another = generator(llama);
                    ReadAhead ahead = another.readAhead(prompt, 20, QUIET)) {
                Generation generation = another.generate(request, ahead, listener);
                assertThat(generation.tokens()).isEqualTo(expected.tokens());
                assertThat(generation.statistics().cachedTokens()).isZero();
                assertThat(told).isNotEmpty().isSorted();
            }
        }
    }

    @Test
    void theProgressOfReadingAheadIsToldToItsEnd() {
        List<Integer> told = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void onPrefill(int done, int total) {
                told.add(done);
            }
        };
        try (Generator generator = generator(llama);
                PooledSequence prompt = (PooledSequence) generator.readAhead(PROMPT, 20, QUIET)) {
            prompt.read(listener);
            assertThat(told).isSorted().endsWith(PROMPT.length - 1);
        }
    }

    @Test
    @Timeout(30)
    void aPromptIsReadAheadWhileTheCommonPoolWaitsForItsAnswer() {
        CountDownLatch answered = new CountDownLatch(1);
        try (Generator generator = generator(llama)) {
            for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism(); i++) {
                ForkJoinPool.commonPool().execute(() -> {
                    try {
                        answered.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            try (PooledSequence prompt = (PooledSequence) generator.readAhead(PROMPT, 20, QUIET)) {
                try {
                    assertThat(prompt.read(QUIET)).isZero();
                } finally {
                    answered.countDown();
                }
            }
        }
    }

    @Test
    void aReadingThatIsGivenUpKeepsWhatItHasRead() {
        try (Generator generator = generator(llama)) {
            PooledSequence prompt = (PooledSequence) generator.readAhead(PROMPT, 20, QUIET);
            prompt.read(QUIET);
            prompt.close();
            generator
                    .readAhead(Expected.of("mistral-tiny").inputIds(), 20, QUIET)
                    .close();
            assertThat(generator
                            .generate(greedy(PROMPT, PROMPT, Mode.LONG_CONTEXT, 10, 20), QUIET)
                            .statistics()
                            .cachedTokens())
                    .isEqualTo(PROMPT.length - 1);
        }
    }
}

package dev.rapid4j.internal.engine;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.GenerationListener;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiPredicate;

/** Passes on what happens in a generation, to those who follow a request. */
final class GenerationProgress implements GenerationListener {

    private final Request<?> request;
    private final ProgressListener progress;
    private final BiPredicate<Integer, TokenSource> answer;
    private Optional<Duration> timeToFirstToken = Optional.empty();

    /** @param answer takes the tokens and tells whether the answer ends there */
    GenerationProgress(Request<?> request, ProgressListener progress, BiPredicate<Integer, TokenSource> answer) {
        this.request = request;
        this.progress = progress;
        this.answer = answer;
    }

    /** Empty for an answer without tokens. */
    Optional<Duration> timeToFirstToken() {
        return timeToFirstToken;
    }

    @Override
    public boolean onToken(int token, TokenSource source) {
        if (timeToFirstToken.isEmpty()) {
            timeToFirstToken = Optional.of(request.age());
        }
        return answer.test(token, source);
    }

    @Override
    public void onPrefill(int done, int total) {
        progress.onPrefill(done, total);
    }

    @Override
    public void onRound(GenerationStatistics soFar) {
        progress.onDecoding(soFar);
    }

    @Override
    public void checkCancelled() {
        request.checkEnded();
    }
}

package dev.rapid4j.internal.engine;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidPartialResponse;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.GenerationListener;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Passes on what happens in a generation, to those who follow a request. */
final class GenerationProgress implements GenerationListener {

    private final Request<?> request;
    private final ProgressListener progress;
    private final Consumer<RapidPartialResponse> text;
    private Optional<Duration> timeToFirstToken = Optional.empty();

    GenerationProgress(Request<?> request, ProgressListener progress, Consumer<RapidPartialResponse> text) {
        this.request = request;
        this.progress = progress;
        this.text = text;
    }

    /** Empty for an answer without tokens. */
    Optional<Duration> timeToFirstToken() {
        return timeToFirstToken;
    }

    @Override
    public void onToken(int token) {
        if (timeToFirstToken.isEmpty()) {
            timeToFirstToken = Optional.of(request.age());
        }
    }

    @Override
    public void onText(String piece, TokenSource source) {
        text.accept(new RapidPartialResponse(piece, source));
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

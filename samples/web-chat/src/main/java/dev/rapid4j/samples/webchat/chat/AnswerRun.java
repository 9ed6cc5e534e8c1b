package dev.rapid4j.samples.webchat.chat;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Passage;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidPartialResponse;
import dev.rapid4j.Retrieval;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Done;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Failed;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Indexing;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Passages;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Prefill;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Progress;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Queued;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Started;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Thinking;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What the model says of one answer, as its events. */
final class AnswerRun implements StreamingChatResponseHandler, ProgressListener {

    private static final double NANOS = 1e9;

    private final Answer answer;
    private final List<Document> documents;
    private final CompletableFuture<Void> accepted = new CompletableFuture<>();
    private final long asked = System.nanoTime();
    private volatile long started;
    private Double timeToFirstToken;

    /** @param documents the long texts of the prompt, in order */
    AnswerRun(Answer answer, List<Document> documents) {
        this.answer = answer;
        this.documents = documents;
    }

    /** Completed when the request has been taken in, exceptionally if it was refused. */
    CompletableFuture<Void> accepted() {
        return accepted;
    }

    @Override
    public void onRequested(StreamingHandle handle) {
        answer.onStop(handle::cancel);
    }

    @Override
    public void onQueued(int ahead) {
        accepted.complete(null);
        if (ahead > 0) {
            answer.append(new Queued(ahead));
        } else {
            started = System.nanoTime();
            answer.append(new Started());
        }
    }

    @Override
    public void onIndexing(int embedded, int total) {
        answer.append(new Indexing(embedded, total));
    }

    @Override
    public void onRetrieved(Retrieval retrieval) {
        answer.append(new Passages(
                retrieval.passages().stream().map(this::passage).toList(),
                seconds(retrieval.elapsed()),
                retrieval.fromCache()));
    }

    @Override
    public void onPrefill(int read, int total) {
        answer.append(new Prefill(read, total));
    }

    @Override
    public void onDecoding(GenerationStatistics soFar) {
        answer.append(new Progress(
                soFar.tokensPerSecond(),
                soFar.acceptanceRate(),
                soFar.emittedTokens(),
                soFar.draftedTokens(),
                soFar.acceptedTokens(),
                soFar.lookupAcceptedTokens(),
                soFar.rounds(),
                soFar.roundsWithoutDraft(),
                soFar.cachedTokens(),
                soFar.restoredTokens(),
                soFar.targetPromptTokens(),
                soFar.drafterPromptTokens(),
                sinceStart()));
    }

    private double sinceStart() {
        return (System.nanoTime() - started) / NANOS;
    }

    @Override
    public void onPartialThinking(PartialThinking piece) {
        if (timeToFirstToken == null) {
            timeToFirstToken = sinceStart();
        }
        answer.append(new Thinking(piece.text()));
    }

    @Override
    public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
        if (timeToFirstToken == null) {
            timeToFirstToken = sinceStart();
        }
        answer.append(new Text(List.of(new Text.Piece(piece.text(), ((RapidPartialResponse) piece).source()))));
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        answer.append(done((RapidChatResponseMetadata) response.metadata()));
    }

    private Passages.Passage passage(Passage passage) {
        return new Passages.Passage(
                documents.get(passage.source()).id(), passage.start(), passage.end(), passage.score());
    }

    private Done done(RapidChatResponseMetadata metadata) {
        GenerationStatistics statistics = metadata.statistics();
        return new Done(
                metadata.finishReason(),
                metadata.mode(),
                metadata.seed(),
                metadata.shortened(),
                (started - asked) / NANOS,
                timeToFirstToken,
                sinceStart(),
                seconds(statistics.retrieval()),
                seconds(statistics.prefill()),
                seconds(statistics.decoding()),
                statistics.tokensPerSecond(),
                statistics.acceptanceRate(),
                statistics.emittedTokens(),
                statistics.draftedTokens(),
                statistics.acceptedTokens(),
                statistics.lookupAcceptedTokens(),
                statistics.rounds(),
                statistics.roundsWithoutDraft(),
                statistics.cachedTokens(),
                statistics.restoredTokens(),
                statistics.targetPromptTokens(),
                statistics.drafterPromptTokens());
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / NANOS;
    }

    @Override
    public void onError(Throwable error) {
        if (!accepted.completeExceptionally(error)) {
            answer.append(new Failed(AnswerWriter.problem(error)));
        }
    }
}

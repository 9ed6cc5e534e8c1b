package dev.rapid4j.internal.engine;

import dev.rapid4j.ProgressListener;
import dev.rapid4j.internal.prompt.ConversationPrompt;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import java.util.Optional;

/**
 * Passages for the drafter.
 *
 * @param defaults for requests that do not say how many
 * @param introduction stands in front of passages in the place of a long text
 */
public record PassageFinder(PassageRetriever retriever, RetrievalSettings defaults, Optional<String> introduction) {

    /** The conversation with passages in place of long texts, unless these are short. */
    ConversationPrompt find(
            ConversationPrompt conversation, RequestSettings settings, Request<?> request, ProgressListener progress) {
        return conversation.withPassages(
                retriever.reportingTo(progress::onIndexing), retrieval(settings), introduction, request::ended);
    }

    /** Embeds the long texts in which passages would be looked for, so that later questions find them embedded. */
    void index(ConversationPrompt conversation, Request<?> request, ProgressListener progress) {
        conversation.withPassages(retriever.reportingTo(progress::onIndexing), defaults, introduction, request::ended);
    }

    /** Tokens that passages may have together. */
    int mostTokens(RequestSettings settings) {
        return retrieval(settings).maxPassages() * retriever.splitter().maxSegmentTokens();
    }

    private RetrievalSettings retrieval(RequestSettings settings) {
        return new RetrievalSettings(settings.passages().orElse(defaults.maxPassages()), defaults.minSimilarity());
    }
}

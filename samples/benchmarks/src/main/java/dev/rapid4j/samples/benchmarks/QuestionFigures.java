package dev.rapid4j.samples.benchmarks;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import java.util.ArrayList;
import java.util.List;

/**
 * A question, its answer, and where the time went, in seconds.
 *
 * @param readTokens tokens of both prompts that were in no cache
 * @param wholeAnswer from the question to the end of the answer
 * @param firstToken from the question to the first token, which is known when the first round ends; the next five are
 *     of it
 * @param retrieval choosing passages, and embedding the document where nobody has
 * @param reading both prompts
 * @param firstDrafting of the first round
 * @param firstVerification of the first round
 * @param rest of the first token: chat template, tokens, passages' places
 * @param drafting of all rounds
 * @param decoding of all rounds, drafting included
 */
record QuestionFigures(
        String question,
        String answer,
        int promptTokens,
        int readTokens,
        double wholeAnswer,
        double firstToken,
        double retrieval,
        double reading,
        double firstDrafting,
        double firstVerification,
        double rest,
        double drafting,
        double decoding,
        int rounds,
        int draftedTokens,
        int acceptedTokens,
        int answerTokens) {

    static QuestionFigures ask(
            LoadedEngine engine, String document, String question, RapidChatRequestParameters.Builder parameters) {
        List<GenerationStatistics> rounds = new ArrayList<>();
        ProgressListener listener = new ProgressListener() {
            @Override
            public void onDecoding(GenerationStatistics soFar) {
                rounds.add(soFar);
            }
        };
        RapidChatRequestParameters asked =
                parameters.progressListener(listener).seed(1).build();
        long start = System.nanoTime();
        ChatResponse response = engine.ask(document, question, asked);
        double wholeAnswer = (System.nanoTime() - start) / 1e9;
        RapidChatResponseMetadata metadata = (RapidChatResponseMetadata) response.metadata();
        GenerationStatistics all = metadata.statistics();
        GenerationStatistics first = rounds.get(0);
        double retrieval = Asked.seconds(all.retrieval());
        double reading = Asked.seconds(all.prefill());
        double firstDrafting = Asked.seconds(first.drafting());
        double firstRound = Asked.seconds(first.decoding());
        // what comes after the last round is microseconds
        double rest = wholeAnswer - retrieval - reading - Asked.seconds(all.decoding());
        return new QuestionFigures(
                question,
                LoadedEngine.text(response),
                all.targetPromptTokens(),
                all.targetPromptTokens() + all.drafterPromptTokens() - all.cachedTokens(),
                wholeAnswer,
                rest + retrieval + reading + firstRound,
                retrieval,
                reading,
                firstDrafting,
                firstRound - firstDrafting,
                rest,
                Asked.seconds(all.drafting()),
                Asked.seconds(all.decoding()),
                all.rounds(),
                all.draftedTokens(),
                all.acceptedTokens(),
                all.emittedTokens());
    }

    double tokensPerSecond() {
        return answerTokens / decoding;
    }
}

package dev.rapid4j.samples.evaluation.runs;

import dev.rapid4j.CacheType;
import dev.rapid4j.DraftContext;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.WeightFormat;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All that decides which answers a run gives, and how fast. Runs of equal settings are parts of one. Numbers of what
 * the method does not use are the defaults.
 *
 * @param target name of a model
 * @param drafter name of a model; nothing if the target drafts for itself
 * @param embeddingModel folder or hub id; nothing if the method does not retrieve
 * @param dataName of the file, without its folder
 * @param dataHash SHA-256 of the file, in hexadecimal digits
 * @param promptsHash SHA-256 of the templates
 * @param chainOfThought whether the model reasons first, and is asked for the answer in a second pass
 * @param margin η of the paper
 * @param draftTokens γ of the paper; 0: automatic
 * @param draftContext what is attended to for drafting over passages
 * @param learnEveryToken whether the answer also learns about the token after a draft that stands altogether, unlike
 *     the paper's
 * @param confidenceThreshold drafting stops after a token less probable than this
 * @param plausibility α of the paper's code
 * @param topP 1 if every token may be drawn
 * @param seed of the run; every question has one of its own that follows from it
 * @param maxOutputTokens of an answer
 * @param maxReasoningTokens of what goes before it with chain of thought
 * @param maxPromptTokens of the longest prompt; of longer ones the middle is left out
 * @param passageTokens the longest passage
 * @param minSimilarity passages less similar to the question are left out
 * @param passageRanking nothing: what suits the embedding model
 * @param passagesIntroduction what stands in front of the passages in the drafter's prompt
 * @param lookupDrafting whether what is proposed is looked up in the text first; nothing: where it suits the method
 * @param draftContextTokens as of the engine
 * @param targetDevice {@code cpu}, {@code cuda:0}, {@code cuda:0,cuda:1}, …
 * @param targetWeights what they are kept in, never {@link WeightFormat#AUTO}; as the next
 * @param cacheType of target and drafter; {@link CacheType#AUTO} is what their weights are computed in
 */
public record RunSettings(
        Benchmark benchmark,
        Method method,
        String target,
        Optional<String> drafter,
        Optional<String> embeddingModel,
        String dataName,
        String dataHash,
        String promptsHash,
        boolean chainOfThought,
        double margin,
        int draftTokens,
        DraftContext draftContext,
        boolean learnEveryToken,
        double confidenceThreshold,
        double plausibility,
        double temperature,
        double topP,
        int seed,
        int maxOutputTokens,
        int maxReasoningTokens,
        int maxPromptTokens,
        int passageTokens,
        double minSimilarity,
        Optional<PassageRanking> passageRanking,
        Optional<String> passagesIntroduction,
        Optional<Boolean> lookupDrafting,
        int draftContextTokens,
        String targetDevice,
        String drafterDevice,
        WeightFormat targetWeights,
        WeightFormat drafterWeights,
        CacheType cacheType) {

    /** What other settings have otherwise: "margin is 10.0, not 20.0". */
    public List<String> differences(RunSettings other) {
        return Stream.of(RunSettings.class.getRecordComponents())
                .filter(component -> !value(component, this).equals(value(component, other)))
                .map(component -> "%s is %s, not %s"
                        .formatted(component.getName(), text(component, this), text(component, other)))
                .toList();
    }

    private static String text(RecordComponent component, RunSettings settings) {
        Object value = value(component, settings);
        return String.valueOf(
                value instanceof Optional<?> optional
                        ? optional.map(Object::toString).orElse("none")
                        : value);
    }

    private static Object value(RecordComponent component, RunSettings settings) {
        try {
            return component.getAccessor().invoke(settings);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.CacheType;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.RunSettings;

/** What runs have in common whose scores and times may be compared: everything but the method and its own settings. */
record Setup(
        Benchmark benchmark,
        boolean chainOfThought,
        String target,
        String targetDevice,
        WeightFormat targetWeights,
        CacheType cacheType,
        String dataHash,
        String promptsHash,
        double temperature,
        double topP,
        int maxOutputTokens,
        int maxReasoningTokens,
        int maxPromptTokens) {

    static Setup of(RunSettings settings) {
        return new Setup(
                settings.benchmark(),
                settings.chainOfThought(),
                settings.target(),
                settings.targetDevice(),
                settings.targetWeights(),
                settings.cacheType(),
                settings.dataHash(),
                settings.promptsHash(),
                settings.temperature(),
                settings.topP(),
                settings.maxOutputTokens(),
                settings.maxReasoningTokens(),
                settings.maxPromptTokens());
    }
}

package dev.rapid4j.samples.evaluation;

import dev.rapid4j.PassageRanking;
import dev.rapid4j.RapidChatRequestParameters;
import java.util.Optional;

/** Whose defaults a run has, for what is not given. */
enum SettingsOf {
    /** Those of the authors' script for LongBench v2, {@code eval/pred_longbench.py}. */
    SCRIPT(128, 0.1, 4096, 10, Optional.of(PassageRanking.DENSE), Optional.of(false)),
    /** Those of the example in the authors' {@code readme.md}: 16 passages, more of a prompt above 262,144 tokens. */
    README(512, 0.3, 8192, 10, Optional.of(PassageRanking.DENSE), Optional.of(false)),
    LIBRARY(512, 0.3, 4096, RapidChatRequestParameters.DEFAULT.draftTokens(), Optional.empty(), Optional.empty());

    private final int passageTokens;
    private final double minSimilarity;
    private final int draftContextTokens;
    private final int draftTokens;
    private final Optional<PassageRanking> passageRanking;
    private final Optional<Boolean> lookupDrafting;

    SettingsOf(
            int passageTokens,
            double minSimilarity,
            int draftContextTokens,
            int draftTokens,
            Optional<PassageRanking> passageRanking,
            Optional<Boolean> lookupDrafting) {
        this.passageTokens = passageTokens;
        this.minSimilarity = minSimilarity;
        this.draftContextTokens = draftContextTokens;
        this.draftTokens = draftTokens;
        this.passageRanking = passageRanking;
        this.lookupDrafting = lookupDrafting;
    }

    int passageTokens() {
        return passageTokens;
    }

    double minSimilarity() {
        return minSimilarity;
    }

    int draftContextTokens() {
        return draftContextTokens;
    }

    int draftTokens() {
        return draftTokens;
    }

    Optional<PassageRanking> passageRanking() {
        return passageRanking;
    }

    Optional<Boolean> lookupDrafting() {
        return lookupDrafting;
    }

    /** The authors' drafter has these words in its instruction, in the place of the target's "text". */
    Optional<String> passagesIntroduction() {
        return this == LIBRARY ? Optional.empty() : Optional.of("Retrieved text chunks:");
    }
}

package dev.rapid4j.internal.tokenizer;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The {@code model.vocab} of a {@code tokenizer.json}. */
final class Vocabulary {

    private final String[] texts;
    private final int entries;
    private final boolean list;
    private final boolean merged;
    private final Map<String, Integer> addedIds;
    private Set<String> tokens;

    /**
     * @param texts by id, {@code null} where there is none
     * @param entries how many tokens there are
     * @param list whether it is a list, as that of a unigram model
     * @param merged whether the model has merges, as that of byte pair encoding
     * @param addedIds ids of those that are among the {@code added_tokens}
     */
    Vocabulary(String[] texts, int entries, boolean list, boolean merged, Map<String, Integer> addedIds) {
        this.texts = texts.clone();
        this.entries = entries;
        this.list = list;
        this.merged = merged;
        this.addedIds = Map.copyOf(addedIds);
    }

    int entries() {
        return entries;
    }

    boolean isList() {
        return list;
    }

    boolean isMerged() {
        return merged;
    }

    Map<String, Integer> addedIds() {
        return addedIds;
    }

    boolean hasId(int id) {
        return id < texts.length && texts[id] != null;
    }

    boolean has(String token) {
        if (tokens == null) {
            tokens = new HashSet<>(2 * texts.length);
            Arrays.stream(texts).filter(Objects::nonNull).forEach(tokens::add);
        }
        return tokens.contains(token);
    }

    /** Characters of the longest token. */
    int longest() {
        return Arrays.stream(texts)
                .filter(Objects::nonNull)
                .mapToInt(String::length)
                .max()
                .orElse(0);
    }
}

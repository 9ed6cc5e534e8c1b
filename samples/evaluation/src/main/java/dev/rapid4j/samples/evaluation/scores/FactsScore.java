package dev.rapid4j.samples.evaluation.scores;

import dev.rapid4j.samples.evaluation.data.FactsTask;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether a free answer is right: it has every fact, in one of its forms, as whole words in this order. Case,
 * punctuation, line breaks and the forms of characters do not count ("2.5 to 3" is what "2,5 to 3" is, but "5" is not
 * part of "15").
 */
public final class FactsScore {

    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final Pattern ALTERNATIVES = Pattern.compile("\\|");

    /** How answers say that the text does not hold what was asked for. */
    private static final List<String> REFUSALS = Stream.of(
                    "does not say",
                    "does not state",
                    "does not mention",
                    "does not specify",
                    "does not provide",
                    "does not contain",
                    "does not give",
                    "does not name",
                    "does not include",
                    "does not explicitly",
                    "doesn t say",
                    "doesn t mention",
                    "not mentioned",
                    "not specified",
                    "not stated",
                    "not explicitly",
                    "not provided",
                    "not given",
                    "no information",
                    "no mention",
                    "cannot be determined")
            .map(FactsScore::normalised)
            .toList();

    private FactsScore() {}

    public static boolean isRight(FactsTask task, String response) {
        return task.facts().isEmpty()
                ? REFUSALS.stream().anyMatch(normalised(response)::contains)
                : task.facts().stream().allMatch(fact -> states(response, fact));
    }

    /** @param fact with alternatives set off by {@code |} */
    public static boolean states(String text, String fact) {
        String normalised = normalised(text);
        return ALTERNATIVES.splitAsStream(fact).map(FactsScore::normalised).anyMatch(normalised::contains);
    }

    /** Words with a space before and after each, so that what contains it contains whole words. */
    private static String normalised(String text) {
        return BETWEEN_WORDS
                .splitAsStream(Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.joining(" ", " ", " "));
    }
}

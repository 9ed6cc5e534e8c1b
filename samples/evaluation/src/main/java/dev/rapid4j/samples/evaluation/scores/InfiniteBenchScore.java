package dev.rapid4j.samples.evaluation.scores;

import dev.rapid4j.samples.evaluation.data.BookTask;
import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.Choice;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a response to a task of InfiniteBench is worth, 0 to 1, by the authors' {@code compute_scores.py}. */
public final class InfiniteBenchScore {

    /** Python's {@code string.punctuation}: ASCII only, a typographic apostrophe stays. */
    private static final Pattern PUNCTUATION = Pattern.compile("\\p{Punct}");

    /** As Python delimits words: a combining mark is no part of a word, a superscript is. */
    private static final Pattern ARTICLES = Pattern.compile("(?<![\\p{L}\\p{N}_])(a|an|the)(?![\\p{L}\\p{N}_])");

    /** As Python strips and splits; {@link String#strip()} leaves spaces that do not break. */
    private static final Pattern WHITE_SPACE = Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern OUTER_WHITE_SPACE =
            Pattern.compile("^%1$s|%1$s$".formatted(WHITE_SPACE), Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern SEPARATORS = Pattern.compile("[\n\"'.,?!{}]");
    private static final Pattern SPACES = Pattern.compile(" {2,}");
    private static final List<String> ANSWER_PREFIXES = List.of("answer is:", "answer:", "answer is", "option is");

    private InfiniteBenchScore() {}

    public static double of(BookTask task, String response) {
        if (task instanceof QuestionAnswer question) {
            return f1(response, question.answers());
        }
        if (task instanceof MultipleChoice choice) {
            return isRight(choice, response) ? 1 : 0;
        }
        return RougeLSum.fMeasure(response, ((Summary) task).references());
    }

    /** F1 over the words in common, of the best answer. */
    static double f1(String response, List<String> answers) {
        List<String> given = words(response);
        return answers.stream()
                .mapToDouble(answer -> f1(given, words(answer)))
                .max()
                .orElse(0);
    }

    private static double f1(List<String> given, List<String> expected) {
        Map<String, Long> expectedCounts = counts(expected);
        long common = counts(given).entrySet().stream()
                .mapToLong(word -> Math.min(word.getValue(), expectedCounts.getOrDefault(word.getKey(), 0L)))
                .sum();
        return common == 0 ? 0 : 2.0 * common / (given.size() + expected.size());
    }

    private static Map<String, Long> counts(List<String> words) {
        return words.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    private static List<String> words(String text) {
        String plain = PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
        return WHITE_SPACE
                .splitAsStream(ARTICLES.matcher(plain).replaceAll(" "))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /**
     * A response is right if it begins with the right letter; or else is the right option's text; or else has the
     * letter or text behind "answer is" and the like; or else has the letter as the first of its words that are part of
     * "ABCD".
     */
    private static boolean isRight(MultipleChoice task, String response) {
        String stripped = strip(response);
        String letter = task.answer().name();
        String text = task.options().get(task.answer().ordinal());
        if (stripped.isEmpty()) {
            return false;
        }
        if (Choice.of(stripped.substring(0, 1)).isPresent()) {
            return stripped.startsWith(letter);
        }
        if (stripped.equals(text)) {
            return true;
        }
        String plain =
                SPACES.matcher(SEPARATORS.matcher(stripped).replaceAll(" ")).replaceAll(" ");
        for (String prefix : ANSWER_PREFIXES) {
            int start = plain.indexOf(prefix);
            if (start >= 0) {
                // one character, mostly a space, stands between
                String answer = plain.substring(Math.min(start + prefix.length() + 1, plain.length()));
                return answer.startsWith(letter) || answer.startsWith(text);
            }
        }
        return WHITE_SPACE
                .splitAsStream(strip(plain))
                .filter("ABCD"::contains)
                .findFirst()
                .filter(letter::equals)
                .isPresent();
    }

    private static String strip(String text) {
        return OUTER_WHITE_SPACE.matcher(text).replaceAll("");
    }
}

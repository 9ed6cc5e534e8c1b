package dev.rapid4j.samples.evaluation.scores;

import dev.rapid4j.samples.evaluation.data.Choice;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A question of LongBench v2, without its text, and what was answered.
 *
 * @param expected the right answer
 * @param given nothing if the response names no option
 */
public record LongBenchAnswer(
        String domain, Difficulty difficulty, Length length, Choice expected, Optional<Choice> given) {

    /** In brackets first, wherever both stand: {@code extract_answer} of the authors' {@code pred.py}. */
    private static final Pattern IN_BRACKETS = Pattern.compile("The correct answer is \\(([A-D])\\)");

    private static final Pattern LETTER_FIRST = Pattern.compile("^\\W*([A-D])(?=\\W*$|[).:,*])");

    private static final Pattern BARE = Pattern.compile("The correct answer is ([A-D])");

    public static LongBenchAnswer of(LongBenchTask task, String response) {
        return new LongBenchAnswer(task.domain(), task.difficulty(), task.length(), task.answer(), extract(response));
    }

    /** The option a response names, by the authors' rule: "The correct answer is (X)", whatever is emphasised in it. */
    public static Optional<Choice> extract(String response) {
        String plain = response.replace("*", "");
        return find(IN_BRACKETS, plain).or(() -> find(BARE, plain));
    }

    /**
     * The option a response means: as {@link #extract}, or the letter that it begins with, as "C" or "(C) Because …".
     */
    public static Optional<Choice> meant(String response) {
        return extract(response).or(() -> find(LETTER_FIRST, response));
    }

    private static Optional<Choice> find(Pattern pattern, String response) {
        Matcher matcher = pattern.matcher(response);
        return matcher.find() ? Choice.of(matcher.group(1)) : Optional.empty();
    }

    public boolean isRight() {
        return given.filter(expected::equals).isPresent();
    }

    Accuracy accuracy() {
        return new Accuracy(1, isRight() ? 1 : 0, given.isEmpty() ? 1 : 0);
    }
}

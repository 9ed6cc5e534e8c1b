package dev.rapid4j.samples.evaluation;

import dev.rapid4j.ProgressListener;
import dev.rapid4j.decoding.GenerationStatistics;
import dev.rapid4j.samples.evaluation.data.SkippedRecord;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Pass;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Shows how far a run is: a line for each question and, on a terminal, one that moves while it is answered. */
final class ProgressDisplay implements ProgressListener {

    private static final long NANOS_BETWEEN_MOVES = 100_000_000;
    private static final String START_OF_LINE = "\r";
    private static final String CLEAR_TO_END = "\u001b[K";

    private final PrintWriter out;
    private final boolean terminal;

    private long questions;
    private long open;
    private long current;
    private long failed;
    private long answers;
    private double scores;
    private long answersOfThisRun;
    private long nanosOfThisRun;
    private long start;
    private long lastMove;

    /** @param terminal whether a line can be written anew */
    ProgressDisplay(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    synchronized void answeredBefore(Answer answer) {
        answers++;
        scores += answer.score();
    }

    synchronized void skipped(SkippedRecord skipped) {
        print("Skipped " + skipped);
    }

    /** @param open questions without an answer */
    synchronized void counted(long questions, long open) {
        this.questions = questions;
        this.open = open;
        print(
                open == questions
                        ? "%,d questions".formatted(questions)
                        : "%,d of %,d questions are answered already".formatted(questions - open, questions));
    }

    synchronized void question() {
        current++;
        start = System.nanoTime();
    }

    synchronized void answered(Answer answer) {
        answers++;
        scores += answer.score();
        answersOfThisRun++;
        nanosOfThisRun += System.nanoTime() - start;
        print("%s: score %.0f, %s; so far %.1f, %s left"
                .formatted(place(answer.task()), 100 * answer.score(), speed(answer), score(), left()));
    }

    synchronized void failed(Task task, String reason) {
        failed++;
        print("%s: no answer. %s".formatted(place(task), reason));
    }

    private String place(Task task) {
        return "%,d of %,d (%s)".formatted(current, questions, task.id());
    }

    private static String speed(Answer answer) {
        double seconds = 0;
        long tokens = 0;
        long drafted = 0;
        long accepted = 0;
        for (Pass pass : answer.passes()) {
            GenerationStatistics statistics = pass.statistics();
            seconds += statistics.decoding().toNanos() / 1e9;
            tokens += statistics.emittedTokens();
            drafted += statistics.draftedTokens();
            accepted += statistics.acceptedTokens();
        }
        String speed = String.format(Locale.ROOT, "%.1f tokens/s", seconds == 0 ? 0 : tokens / seconds);
        return drafted == 0 ? speed : "%s, %.0f %% accepted".formatted(speed, 100.0 * accepted / drafted);
    }

    /** Mean of all answers, 0 to 100. */
    private double score() {
        return answers == 0 ? 0 : 100 * scores / answers;
    }

    private String left() {
        long remaining = open - answersOfThisRun - failed;
        return text(Duration.ofNanos(nanosOfThisRun / answersOfThisRun * remaining));
    }

    static String text(Duration duration) {
        if (duration.toHours() > 0) {
            return "%d h %d min".formatted(duration.toHours(), duration.toMinutesPart());
        }
        return duration.toMinutes() > 0
                ? "%d min %d s".formatted(duration.toMinutes(), duration.toSecondsPart())
                : duration.toSeconds() + " s";
    }

    synchronized void stopped() {
        print("Stopped. %,d of %,d questions are answered; the same command goes on with the rest."
                .formatted(answers, questions));
    }

    synchronized void ended() {
        print("%,d of %,d questions are answered, score %.1f.".formatted(answers, questions, score())
                + (failed == 0 ? "" : " The same command tries again to answer the other %,d.".formatted(failed)));
    }

    @Override
    public synchronized void onLoading(String model, String device) {
        print("Loading %s on %s".formatted(model, device));
    }

    @Override
    public void onIndexing(int embedded, int total) {
        move("indexing, passage %,d of %,d", embedded, total);
    }

    @Override
    public void onPrefill(int read, int total) {
        move("reading, token %,d of %,d", read, total);
    }

    @Override
    public void onDecoding(GenerationStatistics soFar) {
        move("answering, %,d tokens so far", soFar.emittedTokens());
    }

    private synchronized void move(String what, Object... numbers) {
        long now = System.nanoTime();
        if (terminal && now - lastMove > NANOS_BETWEEN_MOVES) {
            lastMove = now;
            out.print(START_OF_LINE
                    + "%,d of %,d: ".formatted(current, questions)
                    + what.formatted(numbers)
                    + CLEAR_TO_END);
            out.flush();
        }
    }

    private void print(String line) {
        out.println(terminal ? START_OF_LINE + line + CLEAR_TO_END : line);
        out.flush();
    }
}

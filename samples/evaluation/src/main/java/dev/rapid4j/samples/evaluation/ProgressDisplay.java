package dev.rapid4j.samples.evaluation;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.samples.evaluation.data.SkippedRecord;
import dev.rapid4j.samples.evaluation.running.Question;
import dev.rapid4j.samples.evaluation.running.Questions;
import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Effort;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Shows how far a run is: a line for each question and, on a terminal, one that moves while it is answered. */
public final class ProgressDisplay implements ProgressListener {

    private static final long NANOS_BETWEEN_MOVES = 100_000_000;
    private static final String START_OF_LINE = "\r";
    private static final String CLEAR_TO_END = "\u001b[K";

    private final PrintWriter out;
    private final boolean terminal;
    private final String run;
    private final TimeLeft timeLeft;

    private long questions;
    private long failed;
    private long answers;
    private double scores;
    private long start;
    private long lastMove;

    /** A display on the command's standard error. */
    public static ProgressDisplay of(CommandSpec command) {
        return of(command, "", new TimeLeft());
    }

    /**
     * The display of one of several runs that take turns.
     *
     * @param run its name, which stands before each line
     * @param timeLeft which they share
     */
    static ProgressDisplay of(CommandSpec command, String run, TimeLeft timeLeft) {
        return new ProgressDisplay(command.commandLine().getErr(), CommandLine.Help.Ansi.AUTO.enabled(), run, timeLeft);
    }

    /** @param terminal whether a line can be written anew */
    ProgressDisplay(PrintWriter out, boolean terminal, String run, TimeLeft timeLeft) {
        this.out = out;
        this.terminal = terminal;
        this.run = run;
        this.timeLeft = timeLeft;
    }

    public synchronized void skipped(SkippedRecord skipped) {
        print("Skipped " + skipped);
    }

    /**
     * Says how much there is to do.
     *
     * @return the questions that have no answer yet
     */
    public synchronized List<Question> begin(Questions all, RunFolder folder) {
        List<Question> open = all.open(folder, answer -> {
            answers++;
            scores += answer.score();
        });
        timeLeft.add(run, open, folder.run().settings());
        questions = all.ofShard().size();
        print(
                answers == 0
                        ? "%,d questions".formatted(questions)
                        : "%,d of %,d questions are answered already".formatted(answers, questions));
        return open;
    }

    /** The clock starts: a question is being answered from now on, and the next ones from each answer on. */
    public synchronized void question() {
        start = System.nanoTime();
    }

    public synchronized void answered(Answer answer) {
        answers++;
        scores += answer.score();
        long now = System.nanoTime();
        timeLeft.answered(run, answer.task().id(), now - start);
        start = now;
        print("%s: score %.0f, %s; so far %.1f, %s left"
                .formatted(
                        place(answer.task().id()),
                        100 * answer.score(),
                        speed(answer),
                        score(),
                        text(timeLeft.estimate())));
    }

    public synchronized void failed(String id, String reason) {
        failed++;
        timeLeft.failed(run, id);
        start = System.nanoTime();
        print("%s: no answer. %s".formatted(place(id), reason));
    }

    private String place(String id) {
        return "%,d of %,d (%s)".formatted(answers + failed, questions, id);
    }

    private static String speed(Answer answer) {
        Effort effort = answer.effort();
        String speed =
                String.format(Locale.ROOT, "%.1f tokens/s", effort.decoding() == 0 ? 0 : effort.tokensPerSecond());
        return effort.drafted() == 0 ? speed : "%s, %.0f %% accepted".formatted(speed, 100 * effort.acceptanceRate());
    }

    /** Mean of all answers, 0 to 100. */
    private double score() {
        return answers == 0 ? 0 : 100 * scores / answers;
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

    public synchronized void ended() {
        print("%,d of %,d questions are answered, score %.1f.".formatted(answers, questions, score())
                + (failed == 0 ? "" : " The same command tries again to answer the other %,d.".formatted(failed)));
    }

    @Override
    public synchronized void onLoading(String model, String device) {
        print("Loading %s on %s".formatted(model, device));
    }

    @Override
    public void onLoading(String model, long loaded, long total) {
        move("loading, %,d of %,d MB", loaded / 1_000_000, total / 1_000_000);
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
                    + "%,d of %,d: ".formatted(answers + failed + 1, questions)
                    + what.formatted(numbers)
                    + CLEAR_TO_END);
            out.flush();
        }
    }

    private void print(String line) {
        String named = run.isEmpty() ? line : run + ": " + line;
        out.println(terminal ? START_OF_LINE + named + CLEAR_TO_END : named);
        out.flush();
    }
}

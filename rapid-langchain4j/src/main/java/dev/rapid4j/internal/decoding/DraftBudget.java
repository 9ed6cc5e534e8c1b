package dev.rapid4j.internal.decoding;

/**
 * Keeps what drafting loses against decoding without drafts to a small share of the time, whatever was expected of it.
 * Counted in steps, the time of a pass of the target without a draft. Safe to use from several threads.
 */
final class DraftBudget {

    /** Of the time of all rounds, what may be lost. */
    private static final double SHARE = 0.01;

    /** Enough to try one token of a drafter that is as slow as the target. */
    private static final double AT_START = 1.25;

    /** Of what was gained so much may be lost again. */
    private static final double MOST = 8;

    /** Of what was gained in one answer so much may be lost in the next. */
    private static final double CARRIED = 2;

    /** What every answer may lose. */
    private static final double EVERY_ANSWER = 0.4;

    private double steps = AT_START;

    /** Answers differ: most of what was gained in one is not lost in the next, nor do losses keep it from drafting. */
    synchronized void answerBegins() {
        steps = Math.max(EVERY_ANSWER, Math.min(steps, CARRIED));
    }

    /** What the next round may lose. */
    synchronized double steps() {
        return steps;
    }

    /** @param won tokens that the round brought beyond those of as much time without drafts; may be negative */
    synchronized void ended(double taken, double won) {
        steps = Math.min(MOST, steps + SHARE * taken + won);
    }
}

package dev.rapid4j.samples.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What the answers of one setting took, in several turns. The document was known to the engine already. Each figure is
 * one of all answers of a turn together, unless told otherwise.
 *
 * @param answers in all turns
 * @param right word for word
 * @param sameAsLongContext answers that are long context's to the same question, word for word
 * @param tokensPerSecond of decoding
 * @param speedUp tokens a second as a multiple of long context's in the same turn
 * @param answerSpeedUp by how much sooner whole answers are there than long context's in the same turn, which may have
 *     other lengths
 * @param acceptanceRate accepted tokens of those drafted; 0 if none were
 * @param firstTokenSeconds of each answer, from the question on
 * @param retrievalSeconds of each answer
 * @param prefillSeconds of each answer
 * @param rounds of each answer
 * @param tokensPerRound of the answers
 * @param draftedPerRound tokens that the drafter proposed
 * @param draftingSeconds of a round
 * @param verificationSeconds of a round; what is not drafting
 */
record AnswerFigures(
        Setting setting,
        int answers,
        int right,
        int sameAsLongContext,
        Spread tokensPerSecond,
        Spread speedUp,
        Spread answerSpeedUp,
        Spread acceptanceRate,
        Spread firstTokenSeconds,
        Spread retrievalSeconds,
        Spread prefillSeconds,
        Spread rounds,
        Spread tokensPerRound,
        Spread draftedPerRound,
        Spread draftingSeconds,
        Spread verificationSeconds) {

    /** The answers of one setting in one turn. */
    record Turn(List<Asked> answers) {

        Turn {
            answers = List.copyOf(answers);
        }

        double sum(ToDoubleFunction<Asked> figure) {
            return answers.stream().mapToDouble(figure).sum();
        }

        double seconds(Function<Asked, Duration> time) {
            return sum(answer -> Asked.seconds(time.apply(answer)));
        }

        double tokensPerSecond() {
            return sum(answer -> answer.statistics().emittedTokens())
                    / seconds(answer -> answer.statistics().decoding());
        }

        double rounds() {
            return sum(answer -> answer.statistics().rounds());
        }

        double drafted() {
            return sum(answer -> answer.statistics().draftedTokens());
        }
    }

    /** @param longContext the same turns, with the same questions */
    static AnswerFigures of(Setting setting, List<Turn> turns, List<Turn> longContext) {
        List<Asked> answers = all(turns);
        List<Asked> alone = all(longContext);
        return new AnswerFigures(
                setting,
                answers.size(),
                count(answers, Asked::right),
                (int) IntStream.range(0, answers.size())
                        .filter(i -> answers.get(i).answer().equals(alone.get(i).answer()))
                        .count(),
                Spread.of(turns, Turn::tokensPerSecond),
                ratio(turns, longContext, (turn, other) -> turn.tokensPerSecond() / other.tokensPerSecond()),
                ratio(
                        turns,
                        longContext,
                        (turn, other) -> other.seconds(Asked::wholeAnswer) / turn.seconds(Asked::wholeAnswer)),
                Spread.of(
                        turns,
                        turn -> turn.drafted() == 0
                                ? 0
                                : turn.sum(answer -> answer.statistics().acceptedTokens()) / turn.drafted()),
                Spread.of(answers, Asked::firstTokenSeconds),
                Spread.of(answers, answer -> Asked.seconds(answer.statistics().retrieval())),
                Spread.of(answers, answer -> Asked.seconds(answer.statistics().prefill())),
                Spread.of(answers, answer -> answer.statistics().rounds()),
                Spread.of(turns, turn -> turn.sum(answer -> answer.statistics().emittedTokens()) / turn.rounds()),
                Spread.of(turns, turn -> turn.drafted() / turn.rounds()),
                Spread.of(
                        turns,
                        turn -> turn.seconds(answer -> answer.statistics().drafting()) / turn.rounds()),
                Spread.of(
                        turns,
                        turn -> turn.seconds(answer -> answer.statistics()
                                        .decoding()
                                        .minus(answer.statistics().drafting()))
                                / turn.rounds()));
    }

    private static List<Asked> all(List<Turn> turns) {
        return turns.stream().flatMap(turn -> turn.answers().stream()).toList();
    }

    private static int count(List<Asked> answers, Predicate<Asked> which) {
        return (int) answers.stream().filter(which).count();
    }

    private static Spread ratio(List<Turn> turns, List<Turn> others, ToDoubleBiFunction<Turn, Turn> ratio) {
        return Spread.of(IntStream.range(0, turns.size())
                .mapToObj(i -> ratio.applyAsDouble(turns.get(i), others.get(i)))
                .toList());
    }
}

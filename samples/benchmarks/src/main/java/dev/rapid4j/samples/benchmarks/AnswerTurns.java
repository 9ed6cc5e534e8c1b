package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.samples.benchmarks.AnswerFigures.Turn;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/**
 * Asks the same questions in several settings, one after the other for each question, so that what disturbs the machine
 * for a while disturbs all of them.
 *
 * @param turns each with other questions, after a first question that is not counted
 * @param questions of each kind in a turn
 */
record AnswerTurns(int turns, int questions) {

    static final int MOST = 1000;

    private static final int SEED = 1;

    AnswerTurns {
        Measurement.requireRange("--turns", turns, MOST);
        Measurement.requireRange("--questions", questions, MOST);
    }

    /** How many questions that makes. */
    int asked() {
        return turns * questions * Kind.values().length + 1;
    }

    /**
     * Measures all settings.
     *
     * @param settings one of them is long context
     * @param asking called before each question with its number, from 1
     */
    List<AnswerFigures> measure(
            List<Setting> settings,
            Function<Setting, LoadedEngine> engines,
            LighthouseRegister register,
            IntConsumer asking) {
        String text = register.text();
        Map<Setting, List<Turn>> measured = new LinkedHashMap<>();
        settings.forEach(setting -> measured.put(setting, new ArrayList<>()));
        List<List<Question>> asked = questions(register);
        asking.accept(1);
        ask(register.questions(Kind.FACT, 1, -1).get(0), settings, engines, text);
        int number = 1;
        List<Setting> order = new ArrayList<>(settings);
        for (List<Question> turn : asked) {
            Map<Setting, List<Asked>> answers = new HashMap<>();
            for (Question question : turn) {
                asking.accept(++number);
                ask(question, order, engines, text)
                        .forEach((setting, answer) -> answers.computeIfAbsent(setting, one -> new ArrayList<>())
                                .add(answer));
            }
            answers.forEach((setting, all) -> measured.get(setting).add(new Turn(all)));
            Collections.rotate(order, 1);
        }
        List<Turn> longContext = measured.entrySet().stream()
                .filter(entry -> entry.getKey().mode() == Mode.LONG_CONTEXT)
                .findFirst()
                .orElseThrow()
                .getValue();
        return settings.stream()
                .map(setting -> AnswerFigures.of(setting, measured.get(setting), longContext))
                .toList();
    }

    private List<List<Question>> questions(LighthouseRegister register) {
        List<List<Question>> asked = new ArrayList<>();
        for (int turn = 0; turn < turns; turn++) {
            int seed = turn;
            asked.add(Stream.of(Kind.values())
                    .flatMap(kind -> register.questions(kind, questions, seed).stream())
                    .toList());
        }
        return asked;
    }

    private static Map<Setting, Asked> ask(
            Question question, List<Setting> settings, Function<Setting, LoadedEngine> engines, String text) {
        Map<Setting, Asked> answers = new HashMap<>();
        for (Setting setting : settings) {
            answers.put(setting, engines.apply(setting).ask(setting, text, question, SEED));
        }
        return answers;
    }
}

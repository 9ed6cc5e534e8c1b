package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.decoding.Mode;
import dev.rapid4j.samples.benchmarks.AnswerFigures.Turn;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
     * @param asking called before each question
     */
    List<AnswerFigures> measure(
            List<Setting> settings,
            Function<Setting, LoadedEngine> engines,
            LighthouseRegister register,
            Runnable asking) {
        String text = register.text();
        Map<Setting, List<Turn>> measured = new LinkedHashMap<>();
        settings.forEach(setting -> measured.put(setting, new ArrayList<>()));
        List<List<Question>> asked = questions(register);
        ask(register.questions(Kind.FACT, 1, -1), settings, engines, text, asking);
        List<Setting> order = new ArrayList<>(settings);
        for (List<Question> turn : asked) {
            ask(turn, order, engines, text, asking)
                    .forEach((setting, answers) -> measured.get(setting).add(new Turn(answers)));
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

    private static Map<Setting, List<Asked>> ask(
            List<Question> questions,
            List<Setting> settings,
            Function<Setting, LoadedEngine> engines,
            String text,
            Runnable asking) {
        Map<Setting, List<Asked>> answers = new LinkedHashMap<>();
        for (int i = 0; i < questions.size(); i++) {
            asking.run();
            for (Setting setting : settings) {
                answers.computeIfAbsent(setting, one -> new ArrayList<>())
                        .add(engines.apply(setting).ask(setting, text, questions.get(i), i));
            }
        }
        return answers;
    }
}

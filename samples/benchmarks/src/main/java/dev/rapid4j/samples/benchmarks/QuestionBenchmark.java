package dev.rapid4j.samples.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Asks about documents as their readers do: a first question, later ones, and one more when the engine has been closed
 * and loaded anew, which finds on the disk what the one before has read. Each setting has an engine of its own, so that
 * none finds read what another has; the settings answer each question in turn, so that what disturbs the machine for a
 * while disturbs all of them.
 *
 * @param settings long context is the first
 * @param folder where the engines' folders are
 */
record QuestionBenchmark(Models models, List<QuestionSetting> settings, Path folder, Progress progress) {

    /**
     * @param loadSeconds of the engine after the restart
     * @param repeated the first question once more after the restart
     */
    record Turn(
            QuestionFigures first,
            List<QuestionFigures> later,
            QuestionFigures restarted,
            double loadSeconds,
            QuestionFigures repeated) {

        List<QuestionFigures> all() {
            return Stream.of(Stream.of(first), later.stream(), Stream.of(restarted, repeated))
                    .flatMap(figures -> figures)
                    .toList();
        }
    }

    /** One setting's figures about documents of one length. */
    record Result(int context, QuestionSetting setting, List<Turn> turns) {

        int promptTokens() {
            return turns.get(0).first().promptTokens();
        }

        /** What a document costs that nobody has asked about. */
        List<QuestionFigures> first() {
            return turns.stream().map(Turn::first).toList();
        }

        List<QuestionFigures> later() {
            return turns.stream().flatMap(turn -> turn.later().stream()).toList();
        }

        List<QuestionFigures> restarted() {
            return turns.stream().map(Turn::restarted).toList();
        }

        /** How many answers are the same, and the first of each turn is the same after the restart. */
        int sameAnswers(Result longContext) {
            return (int) IntStream.range(0, turns.size())
                    .mapToLong(turn -> same(turns.get(turn), longContext.turns().get(turn)))
                    .sum();
        }

        int answers() {
            return turns.stream().mapToInt(turn -> turn.all().size()).sum();
        }

        private static long same(Turn turn, Turn longContext) {
            List<String> expected = longContext.all().stream()
                    .map(QuestionFigures::answer)
                    .collect(Collectors.toCollection(ArrayList::new));
            expected.set(expected.size() - 1, longContext.first().answer());
            return IntStream.range(0, expected.size())
                    .filter(i -> turn.all().get(i).answer().equals(expected.get(i)))
                    .count();
        }
    }

    /**
     * @param documents one a turn; of its questions the first is asked first, the last after the restart
     * @param context tokens asked for
     */
    List<Result> run(int context, List<Document> documents) throws IOException {
        Map<QuestionSetting, List<Turn>> turns = new EnumMap<>(QuestionSetting.class);
        settings.forEach(setting -> turns.put(setting, new ArrayList<>()));
        for (Document document : documents) {
            turn(context, document)
                    .forEach((setting, turn) -> turns.get(setting).add(turn));
        }
        return settings.stream()
                .map(setting -> new Result(context, setting, turns.get(setting)))
                .toList();
    }

    private Map<QuestionSetting, Turn> turn(int context, Document document) throws IOException {
        Path folders = Files.createTempDirectory(folder, "run");
        try {
            return turn(context, document, folders);
        } finally {
            delete(folders);
        }
    }

    private Map<QuestionSetting, Turn> turn(int context, Document document, Path folders) {
        List<String> questions = document.questions();
        int last = questions.size() - 1;
        Map<QuestionSetting, QuestionFigures> first = new EnumMap<>(QuestionSetting.class);
        Map<QuestionSetting, List<QuestionFigures>> later = new EnumMap<>(QuestionSetting.class);
        Map<QuestionSetting, LoadedEngine> engines = new EnumMap<>(QuestionSetting.class);
        Function<QuestionSetting, LoadedEngine> load =
                setting -> models.load(setting.mode(), folders.resolve(setting.name()));
        try {
            for (QuestionSetting setting : settings) {
                progress.begin("%,d tokens: first question, %s".formatted(context, setting), readingWork(context));
                engines.put(setting, load.apply(setting));
                first.put(setting, ask(engines.get(setting), setting, document.text(), questions.get(0)));
                engines.get(setting).awaitWritten();
            }
            List<QuestionSetting> order = new ArrayList<>(settings);
            for (String question : questions.subList(1, last)) {
                progress.begin("%,d tokens: later questions".formatted(context), settings.size());
                for (QuestionSetting setting : order) {
                    later.computeIfAbsent(setting, one -> new ArrayList<>())
                            .add(ask(engines.get(setting), setting, document.text(), question));
                }
                Collections.rotate(order, 1);
            }
        } finally {
            engines.values().forEach(LoadedEngine::close);
        }
        Map<QuestionSetting, Turn> turns = new EnumMap<>(QuestionSetting.class);
        for (QuestionSetting setting : settings) {
            progress.begin("%,d tokens: after a restart, %s".formatted(context, setting), 2);
            try (LoadedEngine engine = load.apply(setting)) {
                turns.put(
                        setting,
                        new Turn(
                                first.get(setting),
                                later.get(setting),
                                ask(engine, setting, document.text(), questions.get(last)),
                                engine.loadSeconds(),
                                ask(engine, setting, document.text(), questions.get(0))));
            }
        }
        return turns;
    }

    private static QuestionFigures ask(LoadedEngine engine, QuestionSetting setting, String document, String question) {
        return QuestionFigures.ask(engine, document, question, setting.parameters());
    }

    /** For {@link Progress}, in answers. */
    double work(int context, int questions) {
        return settings.size() * (readingWork(context) + questions);
    }

    /** Reading so many tokens takes as long as so many answers, roughly. */
    private static double readingWork(int context) {
        return 1 + context / 1000.0;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}

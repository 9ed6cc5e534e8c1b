package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.Mode;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks about registers of growing length in several modes, of which each has an engine of its own, so that none finds
 * read what another has: first a question on a document that the engine has not seen, then more on the same.
 *
 * @param settings one a mode, long context among them
 * @param readings how often the first question is asked, each time of a new engine
 * @param readingSeconds no first question is asked again once those at a length have taken so long
 */
record ModeBenchmark(
        Models models, List<Setting> settings, AnswerTurns turns, int readings, int readingSeconds, Progress progress) {

    /** Which register; any will do. */
    private static final long SEED = 1;

    /** @param context tokens asked for; the prompt of the first question is a little longer or shorter */
    record Result(int context, int promptTokens, List<ModeFigures> modes, long mostResidentBytes) {}

    /** @param later questions on a document that is known already */
    record ModeFigures(Mode mode, FirstQuestion first, AnswerFigures later) {

        String name() {
            return later.draftedPerRound().maximum() == 0
                    ? mode.name()
                    : "%s, γ %s".formatted(mode, later.setting().draftLength());
        }
    }

    /**
     * A question on a document that the engine has not seen, once the engine is loaded.
     *
     * @param seconds from the question to the first token of the answer
     * @param retrievalSeconds of that, for indexing the document and searching it
     * @param tokensPerSecond of reading the prompts
     * @param memoryBytes of weights, KV caches and passages after it, without what is used memory-mapped
     */
    record FirstQuestion(
            Spread loadSeconds, Spread seconds, Spread retrievalSeconds, Spread tokensPerSecond, Spread memoryBytes) {}

    private record First(double loadSeconds, Asked answer, long memoryBytes) {}

    /** For {@link Progress}, roughly in seconds that the bundled model takes on two cores. */
    static double work(int context, List<Setting> settings, AnswerTurns turns, int readings, int readingSeconds) {
        double reading = warmUpWork(context, settings);
        return Math.min(readings, Math.ceil(readingSeconds / reading)) * reading
                + turns.asked() * answerWork(context, settings);
    }

    /** For {@link Progress}, as above. */
    static double warmUpWork(int context, List<Setting> settings) {
        return settings.stream()
                .mapToDouble(setting -> readingWork(context, setting))
                .sum();
    }

    private static double readingWork(int context, Setting setting) {
        double once = context / 15_000.0 * (1 + context / 6_000.0);
        return switch (setting.mode()) {
            case RETRIEVAL_ONLY -> once / 10;
            case NAIVE_SPECULATIVE -> 2 * once;
            case RAPID, SPECULATIVE, STREAMING_DRAFT, LONG_CONTEXT, PASSAGE_ATTENTION -> once;
        };
    }

    private static double answerWork(int context, List<Setting> settings) {
        return settings.size() * (0.3 + context / 80_000.0);
    }

    /** A first question in each mode that is not counted: the first one of a process takes longer than the others. */
    void warmUp(int context) {
        for (Setting setting : settings) {
            progress.begin("warming up, %s".formatted(setting.mode()), readingWork(context, setting));
            try (LoadedEngine engine = models.load(setting.mode())) {
                first(engine, setting, engine.register(context, SEED));
            }
        }
    }

    Result run(int context) {
        Map<Setting, LoadedEngine> engines = new LinkedHashMap<>();
        try {
            for (Setting setting : settings) {
                engines.put(setting, models.load(setting.mode()));
            }
            LighthouseRegister register = engines.values().iterator().next().register(context, SEED);
            Map<Setting, List<First>> firsts = firstQuestions(context, register, engines);
            List<AnswerFigures> later = turns.measure(
                    settings,
                    engines::get,
                    register,
                    question -> progress.begin(
                            "%,d tokens: later question %d of %d".formatted(context, question, turns.asked()),
                            answerWork(context, settings)));
            int promptTokens = firsts.values().stream()
                    .flatMap(List::stream)
                    .mapToInt(first -> first.answer().statistics().targetPromptTokens())
                    .max()
                    .orElseThrow();
            return new Result(
                    context,
                    promptTokens,
                    later.stream()
                            .map(figures -> new ModeFigures(
                                    figures.setting().mode(), figures(firsts.get(figures.setting())), figures))
                            .toList(),
                    Machine.mostResidentBytes());
        } finally {
            engines.values().forEach(LoadedEngine::close);
        }
    }

    private Map<Setting, List<First>> firstQuestions(
            int context, LighthouseRegister register, Map<Setting, LoadedEngine> engines) {
        Map<Setting, List<First>> firsts = new HashMap<>();
        long start = System.nanoTime();
        for (int i = 0; i < readings && (System.nanoTime() - start) / 1e9 < readingSeconds; i++) {
            for (Setting setting : settings) {
                progress.begin(
                        "%,d tokens: first question, %s".formatted(context, setting.mode()),
                        readingWork(context, setting));
                List<First> measured = firsts.computeIfAbsent(setting, one -> new ArrayList<>());
                if (i == 0) {
                    measured.add(first(engines.get(setting), setting, register));
                } else {
                    try (LoadedEngine engine = models.load(setting.mode())) {
                        measured.add(first(engine, setting, register));
                    }
                }
            }
        }
        return firsts;
    }

    private static First first(LoadedEngine engine, Setting setting, LighthouseRegister register) {
        Question question = register.questions(Kind.ENTRY, 1, SEED).get(0);
        Asked answer = engine.ask(setting, register.text(), question, 0);
        return new First(engine.loadSeconds(), answer, engine.memoryBytes());
    }

    private static FirstQuestion figures(List<First> firsts) {
        return new FirstQuestion(
                Spread.of(firsts, First::loadSeconds),
                Spread.of(firsts, first -> first.answer().firstTokenSeconds()),
                Spread.of(
                        firsts,
                        first -> Asked.seconds(first.answer().statistics().retrieval())),
                Spread.of(
                        firsts,
                        first -> first.answer().readTokens()
                                / Asked.seconds(first.answer().statistics().prefill())),
                Spread.of(firsts, First::memoryBytes));
    }
}

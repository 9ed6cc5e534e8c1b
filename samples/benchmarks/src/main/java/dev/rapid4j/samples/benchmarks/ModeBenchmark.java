package dev.rapid4j.samples.benchmarks;

import dev.rapid4j.decoding.Mode;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Asks about registers of growing length in several modes: each mode a first question on an engine that has just been
 * loaded, then the same questions to all of them, on a document that they know.
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
    record ModeFigures(Mode mode, FirstQuestion first, AnswerFigures later) {}

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
    static double work(int context, List<Setting> settings, AnswerTurns turns) {
        return settings.stream()
                        .mapToDouble(setting -> readingWork(context, setting))
                        .sum()
                + turns.asked() * answerWork(context, settings);
    }

    private static double readingWork(int context, Setting setting) {
        double once = context / 15_000.0 * (1 + context / 6_000.0);
        return switch (setting.mode()) {
            case RETRIEVAL_ONLY -> once / 10;
            case NAIVE_SPECULATIVE -> 2 * once;
            case RAPID, SPECULATIVE, STREAMING_DRAFT, LONG_CONTEXT -> once;
        };
    }

    private static double answerWork(int context, List<Setting> settings) {
        return settings.size() * (0.3 + context / 80_000.0);
    }

    Result run(int context) {
        boolean apart = settings.stream().anyMatch(setting -> models.needsOwnEngine(setting.mode()));
        try (LoadedEngine shared = models.load(Mode.LONG_CONTEXT);
                LoadedEngine naive = apart ? models.load(Mode.NAIVE_SPECULATIVE) : shared) {
            Function<Setting, LoadedEngine> engines = setting -> models.needsOwnEngine(setting.mode()) ? naive : shared;
            LighthouseRegister register = shared.register(context, SEED);
            Map<Setting, List<First>> firsts = firstQuestions(context, register, engines);
            List<AnswerFigures> later = turns.measure(
                    settings,
                    engines,
                    register,
                    () -> progress.begin(
                            "%,d tokens: later questions".formatted(context), answerWork(context, settings)));
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
        }
    }

    /** The engines of the first reading are those that are asked later, too, which spares them another reading. */
    private Map<Setting, List<First>> firstQuestions(
            int context, LighthouseRegister register, Function<Setting, LoadedEngine> engines) {
        Map<Setting, List<First>> firsts = new HashMap<>();
        long start = System.nanoTime();
        for (int i = 0; i < readings && (System.nanoTime() - start) / 1e9 < readingSeconds; i++) {
            for (Setting setting : settings) {
                progress.begin(
                        "%,d tokens: first question, %s".formatted(context, setting.mode()),
                        i == 0 ? readingWork(context, setting) : 0);
                boolean asksLater = setting.mode() == Mode.LONG_CONTEXT || models.needsOwnEngine(setting.mode());
                First first;
                if (i == 0 && asksLater) {
                    first = first(engines.apply(setting), setting, register);
                } else {
                    try (LoadedEngine engine = models.load(setting.mode())) {
                        first = first(engine, setting, register);
                    }
                }
                firsts.computeIfAbsent(setting, one -> new ArrayList<>()).add(first);
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

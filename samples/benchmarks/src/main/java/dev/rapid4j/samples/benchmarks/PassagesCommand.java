package dev.rapid4j.samples.benchmarks;

import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.rapid4j.Passage;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.internal.embedding.EncoderEmbeddingModel;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.samples.lighthouse.Fact;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "passages",
        description = "For how many questions the drafter's passages hold the whole answer: with dense vectors of"
                + " bge-small-en-v1.5, and with the bundled encoder's dense vectors alone and all its views together.",
        showDefaultValues = true)
final class PassagesCommand extends Measurement {

    private static final Pattern SENTENCE_END = Pattern.compile("(?<=\\.)\\s");
    private static final List<String> RETRIEVERS =
            List.of("bge-small-en-v1.5, dense", "bundled encoder, dense", "bundled encoder, hybrid");
    private static final int MOST_CONTEXT = 500_000;
    private static final List<Cut> CUTS = List.of(new Cut(128, 8), new Cut(512, 4));

    @Mixin
    private DeviceOption device;

    @Option(
            names = "--context",
            split = ",",
            defaultValue = "2000,8000,16000,32000",
            description = "tokens of a register")
    private List<Integer> contexts;

    @Option(names = "--questions", defaultValue = "40", description = "questions of each kind")
    private int questions;

    /** How a register is cut, and how many passages the drafter gets. */
    record Cut(int passageTokens, int passages) {}

    /** @param found for how many questions, by encoder and ranking */
    private record Result(int context, Cut cut, String askedFor, int questions, Map<String, Long> found) {}

    @Override
    void measure(Output output) throws IOException {
        requireRange("--questions", questions, AnswerTurns.MOST);
        contexts.forEach(context -> requireRange("--context", context, MOST_CONTEXT));
        List<Result> results = new ArrayList<>();
        Progress progress = new Progress(
                output.progress(),
                CUTS.size() * contexts.stream().mapToDouble(context -> context).sum());
        EmbeddingModel small = new BgeSmallEnV15QuantizedEmbeddingModel();
        try (EncoderEmbeddingModel lighthouse = EncoderEmbeddingModel.builder()
                        .model(LighthouseEmbedding.directory())
                        .device(device.name())
                        .build();
                RapidEngine engine = RapidEngine.builder()
                        .target(LighthouseModel.directory())
                        .targetDevice(device.name())
                        .build()) {
            TokenCountEstimator tokens = engine.tokenCountEstimator();
            for (Cut cut : CUTS) {
                try (PassageRetriever smallDense = retriever(small, PassageRanking.DENSE, tokens, cut);
                        PassageRetriever dense = retriever(lighthouse, PassageRanking.DENSE, tokens, cut);
                        PassageRetriever hybrid = retriever(lighthouse, PassageRanking.HYBRID, tokens, cut)) {
                    Map<String, PassageRetriever> retrievers = new LinkedHashMap<>();
                    retrievers.put(RETRIEVERS.get(0), smallDense);
                    retrievers.put(RETRIEVERS.get(1), dense);
                    retrievers.put(RETRIEVERS.get(2), hybrid);
                    for (int context : contexts) {
                        progress.begin("%,d tokens, passages of %d".formatted(context, cut.passageTokens()), context);
                        results.addAll(measure(context, cut, retrievers));
                        output.write(results);
                    }
                }
            }
        }
        print(results, output);
    }

    static PassageRetriever retriever(
            EmbeddingModel model, PassageRanking ranking, TokenCountEstimator tokens, Cut cut) {
        return PassageRetriever.builder()
                .embeddingModel(model)
                .passageRanking(ranking)
                .splitter(new TokenDocumentSplitter(tokens, cut.passageTokens()))
                .build();
    }

    private List<Result> measure(int context, Cut cut, Map<String, PassageRetriever> retrievers) {
        LighthouseRegister register = LighthouseRegister.ofTokens(context, context);
        Map<String, List<Question>> asked = new LinkedHashMap<>();
        asked.put("a fact", register.questions(Kind.FACT, questions, context));
        asked.put("an entry", register.questions(Kind.ENTRY, questions, context));
        asked.put("two or three entries", register.questions(Kind.SEVERAL_ENTRIES, questions, context));
        asked.put("a place", placesAskedFor(register, questions));
        List<Result> results = new ArrayList<>();
        asked.forEach((what, all) -> {
            Map<String, Long> found = new LinkedHashMap<>();
            retrievers.forEach((name, retriever) -> found.put(name, found(retriever, register, all, cut.passages())));
            results.add(new Result(context, cut, what, all.size(), found));
        });
        return results;
    }

    private static void print(List<Result> results, Output output) {
        output.header(
                "register tokens", "passages", "asked for", RETRIEVERS.get(0), RETRIEVERS.get(1), RETRIEVERS.get(2));
        for (Result result : results) {
            List<String> cells = new ArrayList<>(List.of(
                    "%,d".formatted(result.context()),
                    "%d of %d tokens"
                            .formatted(result.cut().passages(), result.cut().passageTokens()),
                    result.askedFor()));
            result.found().values().forEach(found -> cells.add("%d of %d".formatted(found, result.questions())));
            output.row(cells.toArray(String[]::new));
        }
    }

    /** Questions that know a number or a person and ask for the place, about the first lighthouses of the register. */
    static List<Question> placesAskedFor(LighthouseRegister register, int count) {
        List<Lighthouse> lighthouses = register.lighthouses();
        return IntStream.range(0, Math.min(count, lighthouses.size()))
                .mapToObj(i -> placeAskedFor(lighthouses.get(i), Fact.values()[i % 4]))
                .toList();
    }

    private static Question placeAskedFor(Lighthouse lighthouse, Fact fact) {
        String value = fact == Fact.TOWER ? "in " + lighthouse.year() : fact.value(lighthouse);
        String question = switch (fact) {
            case HEIGHT -> "Which lighthouse stands %s?";
            case KEEPER -> "Which light is kept by %s?";
            case LAMP -> "Which lamp flashes %s?";
            case TOWER -> "Which tower was built %s?";
        };
        return new Question(question.formatted(value), fact.sentence(lighthouse), Kind.FACT);
    }

    /** For how many questions the best passages hold the whole answer. */
    static long found(PassageRetriever retriever, LighthouseRegister register, List<Question> questions, int passages) {
        RetrievalSettings settings = new RetrievalSettings(passages, RetrievalSettings.DEFAULT_MIN_SIMILARITY);
        String text = register.text();
        return questions.stream()
                .filter(question -> holds(
                        retriever.retrieve(text, question.text(), settings).passages(), question.answer()))
                .count();
    }

    /** Each sentence names its place, so it answers the question wherever it stands. */
    private static boolean holds(List<Passage> passages, String answer) {
        return SENTENCE_END
                .splitAsStream(answer)
                .allMatch(sentence ->
                        passages.stream().anyMatch(passage -> passage.text().contains(sentence)));
    }
}

package dev.rapid4j.samples.quickstart;

import dev.langchain4j.model.TokenCountEstimator;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.embedding.BgeM3EmbeddingModel;
import dev.rapid4j.retrieval.Passage;
import dev.rapid4j.retrieval.PassageRanking;
import dev.rapid4j.retrieval.PassageRetriever;
import dev.rapid4j.retrieval.RetrievalSettings;
import dev.rapid4j.retrieval.TokenDocumentSplitter;
import dev.rapid4j.samples.lighthouse.Lighthouse;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * For how many questions the drafter's passages hold the whole answer: with dense vectors of bge-small-en-v1.5, and
 * with the lighthouse embedding model's dense vectors alone and all its views together.
 *
 * <p>Arguments: the lengths of the registers in tokens, by default 2000 8000 16000 32000.
 */
public final class PassageBenchmark {

    private static final int QUESTIONS_OF_A_KIND = 40;
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=\\.)\\s");

    private PassageBenchmark() {}

    /** How a register is cut, and how many passages the drafter gets. */
    record Cut(int passageTokens, int passages) {}

    public static void main(String[] arguments) {
        List<Integer> lengths = arguments.length == 0
                ? List.of(2000, 8000, 16000, 32000)
                : Stream.of(arguments).map(Integer::valueOf).toList();
        EmbeddingModel small = new BgeSmallEnV15QuantizedEmbeddingModel();
        try (BgeM3EmbeddingModel lighthouse = Setup.embeddingModel();
                RapidEngine engine = Setup.engine(small, new ProgressListener() {})) {
            System.out.printf(
                    "| register tokens | passages | asked for | bge-small-en-v1.5 | lighthouse embedding, dense"
                            + " | lighthouse embedding, hybrid |%n|---|---|---|---|---|---|%n");
            for (Cut cut : List.of(new Cut(128, 8), new Cut(512, 4))) {
                TokenCountEstimator tokens = engine.tokenCountEstimator();
                try (PassageRetriever smallDense = retriever(small, PassageRanking.DENSE, tokens, cut);
                        PassageRetriever dense = retriever(lighthouse, PassageRanking.DENSE, tokens, cut);
                        PassageRetriever hybrid = retriever(lighthouse, PassageRanking.HYBRID, tokens, cut)) {
                    for (int length : lengths) {
                        print(length, cut, List.of(smallDense, dense, hybrid));
                    }
                }
            }
        }
    }

    static PassageRetriever retriever(
            EmbeddingModel model, PassageRanking ranking, TokenCountEstimator tokens, Cut cut) {
        return PassageRetriever.builder()
                .embeddingModel(model)
                .passageRanking(ranking)
                .splitter(new TokenDocumentSplitter(tokens, cut.passageTokens()))
                .build();
    }

    private static void print(int length, Cut cut, List<PassageRetriever> retrievers) {
        LighthouseRegister register = LighthouseRegister.ofTokens(length, length);
        Map<String, List<Question>> asked = new LinkedHashMap<>();
        asked.put("a fact", register.questions(Kind.FACT, QUESTIONS_OF_A_KIND, length));
        asked.put("an entry", register.questions(Kind.ENTRY, QUESTIONS_OF_A_KIND, length));
        asked.put("two or three entries", register.questions(Kind.SEVERAL_ENTRIES, QUESTIONS_OF_A_KIND, length));
        asked.put("a place", placesAskedFor(register, QUESTIONS_OF_A_KIND));
        asked.forEach((what, questions) -> {
            System.out.printf("| %,d | %d of %d tokens | %s |", length, cut.passages(), cut.passageTokens(), what);
            for (PassageRetriever retriever : retrievers) {
                System.out.printf(
                        " %d of %d |", found(retriever, register, questions, cut.passages()), questions.size());
            }
            System.out.println();
        });
    }

    /** Questions that know a number or a person and ask for the place, about the first lighthouses of the register. */
    static List<Question> placesAskedFor(LighthouseRegister register, int count) {
        List<Lighthouse> lighthouses = register.lighthouses();
        return IntStream.range(0, Math.min(count, lighthouses.size()))
                .mapToObj(i -> placeAskedFor(lighthouses.get(i), i % 4))
                .toList();
    }

    private static Question placeAskedFor(Lighthouse lighthouse, int sentence) {
        return switch (sentence) {
            case 0 ->
                new Question(
                        "Which lighthouse stands %d metres tall on the %s coast?"
                                .formatted(lighthouse.height(), lighthouse.coast()),
                        lighthouse.heightSentence(),
                        Kind.FACT);
            case 1 ->
                new Question(
                        "Which light is kept by %s?".formatted(lighthouse.keeper()),
                        lighthouse.keeperSentence(),
                        Kind.FACT);
            case 2 ->
                new Question(
                        "Which lamp flashes %s every %d seconds?".formatted(lighthouse.colour(), lighthouse.seconds()),
                        lighthouse.lampSentence(),
                        Kind.FACT);
            default ->
                new Question(
                        "Which tower was built in %d?".formatted(lighthouse.year()),
                        lighthouse.towerSentence(),
                        Kind.FACT);
        };
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

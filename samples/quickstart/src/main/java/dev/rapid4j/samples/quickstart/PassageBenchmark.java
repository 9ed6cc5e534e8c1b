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
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.util.List;
import java.util.regex.Pattern;
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
        try (BgeM3EmbeddingModel lighthouse = BgeM3EmbeddingModel.builder()
                        .model(LighthouseEmbedding.directory())
                        .build();
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
        for (Kind kind : Kind.values()) {
            List<Question> questions = register.questions(kind, QUESTIONS_OF_A_KIND, length);
            System.out.printf("| %,d | %d of %d tokens | %s |", length, cut.passages(), cut.passageTokens(), kind);
            for (PassageRetriever retriever : retrievers) {
                System.out.printf(
                        " %d of %d |", found(retriever, register, questions, cut.passages()), questions.size());
            }
            System.out.println();
        }
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

package dev.rapid4j.samples.benchmarks;

import dev.langchain4j.data.segment.TextSegment;
import dev.rapid4j.PassageRanking;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.Retrieval;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.embedding.EncoderEmbeddingModel;
import dev.rapid4j.internal.retrieval.PassageRetriever;
import dev.rapid4j.internal.retrieval.RetrievalSettings;
import dev.rapid4j.internal.retrieval.TokenDocumentSplitter;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.samples.lighthouse.LighthouseEmbedding;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What happens to a long text before a model reads it; public, as JMH asks for it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TextBenchmarks {

    private static final String QUESTION = "Who keeps the light at Cape Salholm?";
    private static final PassagesCommand.Cut CUT = new PassagesCommand.Cut(128, 8);
    private static final RetrievalSettings BEST =
            new RetrievalSettings(CUT.passages(), RetrievalSettings.DEFAULT_MIN_SIMILARITY);

    /** Tokens of the text. */
    @Param("16000")
    public int context;

    /** Folder of the checkpoint whose tokenizer is opened; the bundled model's where it is empty. */
    @Param("")
    public String checkpoint;

    private String text;
    private Checkpoint opened;
    private Tokenizer tokenizer;
    private RapidEngine engine;
    private EncoderEmbeddingModel embeddingModel;
    private TokenDocumentSplitter splitter;
    private PassageRetriever dense;
    private PassageRetriever hybrid;

    /** Indexes the text, so that searching is all that is measured of retrieval. */
    @Setup
    public void load() {
        text = LighthouseRegister.ofTokens(context, context).text();
        tokenizer = Checkpoint.open(LighthouseModel.directory()).openTokenizer();
        opened = Checkpoint.open(checkpoint.isEmpty() ? LighthouseModel.directory() : Path.of(checkpoint));
        engine = RapidEngine.builder()
                .target(LighthouseModel.directory())
                .targetDevice("cpu")
                .build();
        embeddingModel = EncoderEmbeddingModel.builder()
                .model(LighthouseEmbedding.directory())
                .device("cpu")
                .build();
        splitter = new TokenDocumentSplitter(engine.tokenCountEstimator(), CUT.passageTokens());
        dense = PassagesCommand.retriever(embeddingModel, PassageRanking.DENSE, engine.tokenCountEstimator(), CUT);
        hybrid = PassagesCommand.retriever(embeddingModel, PassageRanking.HYBRID, engine.tokenCountEstimator(), CUT);
        searchDense();
        searchHybrid();
    }

    @TearDown
    public void close() {
        dense.close();
        hybrid.close();
        engine.close();
        embeddingModel.close();
        tokenizer.close();
    }

    /** And closes it. */
    @Benchmark
    public int openTokenizer() {
        try (Tokenizer another = opened.openTokenizer()) {
            return another.vocabularySize();
        }
    }

    @Benchmark
    public int[] tokenize() {
        return tokenizer.encode(text);
    }

    @Benchmark
    public List<TextSegment> split() {
        return splitter.split(text);
    }

    /** Searches a dense index, with the question's embedding. */
    @Benchmark
    public Retrieval searchDense() {
        return dense.retrieve(text, QUESTION, BEST);
    }

    /** Searches a hybrid index, with the question's three views. */
    @Benchmark
    public Retrieval searchHybrid() {
        return hybrid.retrieve(text, QUESTION, BEST);
    }
}

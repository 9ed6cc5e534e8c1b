package dev.rapid4j.internal.embedding;

import static dev.langchain4j.model.embedding.request.EmbeddingInputType.DOCUMENT;
import static dev.langchain4j.model.embedding.request.EmbeddingInputType.QUERY;
import static dev.langchain4j.model.embedding.request.EmbeddingRequestParameters.INPUT_TYPE;
import static dev.rapid4j.internal.embedding.EncoderEmbeddingModel.PROGRESS_LISTENER;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.DefaultEmbeddingRequestParameters;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.rapid4j.EmbeddingProgressListener;
import dev.rapid4j.RankingWeights;
import dev.rapid4j.internal.diskcache.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * Embeds passages and questions with any embedding model, each as the model wants them if that makes a difference to
 * it, says so if it fails, and checks what it returns. A model that tells its progress gets all passages at once, as it
 * knows best how to put them together; others get batches.
 *
 * <p>All methods throw a {@link LangChain4jException} if the model fails or returns what are no embeddings, and a
 * {@link CancellationException} if the thread is interrupted, which it then still is.
 *
 * @param batchSize most passages of a batch, at least 1
 */
public record TextEmbedder(EmbeddingModel model, int batchSize) {

    /** Packages of LangChain4j, one for each model that comes as a jar. */
    private static final String IN_JARS = "dev.langchain4j.model.embedding.onnx.";

    /** What {@link EmbeddingModel#modelName()} says of those that say nothing. */
    private static final String UNNAMED = "unknown";

    /** The model, if it is one that gives all three views of a text. */
    public Optional<EncoderEmbeddingModel> viewModel() {
        return model instanceof EncoderEmbeddingModel encoder && encoder.hasAllViews()
                ? Optional.of(encoder)
                : Optional.empty();
    }

    /**
     * What the model's vectors depend on beside the texts, as far as it can be told: of this library's models a digest,
     * of LangChain4j's that have their weights in a class's own jar that class and jar, of others the class, the name
     * and the number of dimensions. Empty if a model has no name.
     */
    public Optional<Key> identity() {
        if (model instanceof EncoderEmbeddingModel encoder) {
            return Optional.of(encoder.identity());
        }
        Class<?> type = model.getClass();
        if (type.getPackageName().startsWith(IN_JARS)) {
            return Optional.of(Key.of(
                    type.getName() + type.getProtectionDomain().getCodeSource().getLocation()));
        }
        String name = model.modelName();
        if (name == null || name.isBlank() || name.equals(UNNAMED)) {
            return Optional.empty();
        }
        try {
            int dimension = named("its dimension", model::dimension);
            return Optional.of(Key.of(type.getName() + "\n" + name + "\n" + dimension));
        } catch (LangChain4jException e) {
            return Optional.empty();
        }
    }

    /**
     * The vectors of passages, normalised, for stores that take the inner product.
     *
     * @param progress hears how far it has come, and may cancel it
     * @return the vectors, all of the same dimension, and the tokens if the model counts them
     */
    public Response<List<Embedding>> passages(List<TextSegment> segments, EmbeddingProgressListener progress) {
        boolean tellsProgress = model.supportedParameters().contains(PROGRESS_LISTENER);
        int step = tellsProgress ? segments.size() : batchSize;
        List<Embedding> embeddings = new ArrayList<>(segments.size());
        TokenUsage usage = null;
        while (embeddings.size() < segments.size()) {
            int from = embeddings.size();
            int to = Math.min(from + step, segments.size());
            String what = "passages " + from + " to " + (to - 1) + " of " + segments.size();
            Response<List<Embedding>> response = embed(
                    segments.subList(from, to),
                    what,
                    parameters(DOCUMENT).set(PROGRESS_LISTENER, tellsProgress ? progress : null));
            embeddings.addAll(response.content());
            usage = TokenUsage.sum(usage, response.tokenUsage());
            int dimension = embeddings.get(0).dimension();
            for (Embedding embedding : embeddings.subList(from, to)) {
                if (embedding.dimension() != dimension) {
                    throw new LangChain4jException("The embedding model " + model.modelName()
                            + " returned a vector of " + embedding.dimension() + " dimensions among " + what
                            + ", but of " + dimension + " before; it must always return the same number");
                }
            }
            if (!tellsProgress) {
                progress.onProgress(to, segments.size());
            }
        }
        return Response.from(embeddings, usage);
    }

    /** The vector of a question, normalised, and its tokens if the model counts them. */
    public Response<Embedding> question(String question) {
        Response<List<Embedding>> embedded =
                embed(List.of(TextSegment.from(question)), "the question", parameters(QUERY));
        return Response.from(embedded.content().get(0), embedded.tokenUsage());
    }

    /** The three views of passages, of a model that has them; to be closed by the caller. */
    public TextViews passageViews(List<TextSegment> segments, EmbeddingProgressListener progress) {
        List<String> texts = segments.stream().map(TextSegment::text).toList();
        return views(texts, texts.size() + " passages", DOCUMENT, progress);
    }

    /** The three views of a question, of a model that has them; to be closed by the caller. */
    public TextViews questionViews(String question) {
        return views(List.of(question), "the question", QUERY, (embedded, total) -> {});
    }

    /** How well each passage answers a question, as {@link TextViews#score} has it. */
    public double[] scores(TextViews question, TextViews passages) {
        return named("the question", () -> passages.score(question, RankingWeights.DEFAULT));
    }

    private TextViews views(
            List<String> texts, String what, EmbeddingInputType inputType, EmbeddingProgressListener progress) {
        return named(what, () -> viewModel().orElseThrow().views(texts, inputType, progress));
    }

    private DefaultEmbeddingRequestParameters.Builder<?> parameters(EmbeddingInputType inputType) {
        boolean known = model.supportedParameters().contains(INPUT_TYPE);
        return EmbeddingRequestParameters.builder().inputType(known ? inputType : null);
    }

    private Response<List<Embedding>> embed(
            List<TextSegment> segments, String what, DefaultEmbeddingRequestParameters.Builder<?> parameters) {
        EmbeddingRequest request = EmbeddingRequest.builder()
                .textSegments(segments)
                .parameters(parameters.build())
                .build();
        // models from before there were requests implement embedAll alone, others may do more in it than in embed
        Response<List<Embedding>> response = named(what, () -> {
            if (request.parameters().presentParameters().isEmpty()) {
                return model.embedAll(segments);
            }
            EmbeddingResponse embedded = model.embed(request);
            return Response.from(embedded.embeddings(), embedded.tokenUsage());
        });
        List<Embedding> embeddings = response.content();
        int returned = embeddings == null ? 0 : embeddings.size();
        if (returned != segments.size()) {
            throw new LangChain4jException("The embedding model " + model.modelName() + " returned " + returned
                    + " vectors for " + what + ", expected " + segments.size());
        }
        return Response.from(
                embeddings.stream()
                        .map(embedding -> normalised(embedding, what))
                        .toList(),
                response.tokenUsage());
    }

    private <T> T named(String what, Supplier<T> call) {
        try {
            return call.get();
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("Embedding was interrupted");
            }
            if (e instanceof LangChain4jException) {
                throw e;
            }
            throw new LangChain4jException(
                    "The embedding model " + model.modelName() + " failed on " + what + ": " + e.getMessage(), e);
        }
    }

    private Embedding normalised(Embedding embedding, String what) {
        float[] vector = embedding.vector().clone();
        double norm = 0;
        for (float x : vector) {
            norm += (double) x * x;
        }
        norm = Math.sqrt(norm);
        if (!Double.isFinite(norm)) {
            throw new LangChain4jException("The embedding model " + model.modelName()
                    + " returned a vector with NaN or infinite numbers for " + what
                    + "; check the model, or its weight format");
        }
        // a vector of zeros is similar to nothing, and remains one
        for (int i = 0; norm > 0 && i < vector.length; i++) {
            vector[i] = (float) (vector[i] / norm);
        }
        return Embedding.from(vector);
    }
}

package dev.rapid4j.internal.checkpoint;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.EncoderConfiguration.Output;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A family of encoder-only networks: how its {@code config.json} is read, and its weights. */
sealed interface EncoderArchitecture permits BertEncoder, GemmaEncoder, ModernBertEncoder, MpnetEncoder {

    List<EncoderArchitecture> ALL = List.of(
            new BertEncoder("xlm-roberta", "XLMRoberta"),
            new BertEncoder("roberta", "Roberta"),
            new BertEncoder("bert", "Bert"),
            new MpnetEncoder(),
            new ModernBertEncoder(),
            new GemmaEncoder());

    /** Behind the name of a family's class, where there is none but the encoder, or what it was trained with. */
    List<String> ENCODERS = List.of("Model", "ForMaskedLM");

    String RERANKER = "ForSequenceClassification";

    Map<String, Activation> ACTIVATIONS = Map.of(
            "gelu", Activation.GELU,
            "gelu_python", Activation.GELU,
            "gelu_new", Activation.GELU_TANH,
            "gelu_fast", Activation.GELU_TANH,
            "gelu_pytorch_tanh", Activation.GELU_TANH,
            "relu", Activation.RELU);

    /** Start, end, and something between them. */
    int MIN_TOKENS = 3;

    /** As {@code model_type} names it. */
    String modelType();

    /** What {@code architectures} names it by, without what the class is for. */
    String className();

    /** Whether there are rerankers of the family. */
    default boolean ranks() {
        return true;
    }

    /**
     * @param output what becomes of the tokens' vectors, unless the configuration says so for a reranker
     * @return with the most tokens that the network allows
     */
    EncoderConfiguration configuration(JsonFile config, Output output);

    /** Each weight of the encoder, by its name without what classes for other tasks put before it. */
    NetworkWeights weights(EncoderConfiguration configuration);

    /** The weights of a reranker's head, by their names. */
    NetworkWeights scorerWeights(EncoderConfiguration configuration);

    /**
     * @param task what the network is to do
     * @throws CheckpointException if it is none of {@link #ALL}, or cannot do that
     */
    static EncoderArchitecture of(JsonFile config, EncoderTask task) {
        String modelType = config.text("model_type", "");
        EncoderArchitecture architecture =
                find(modelType).orElseThrow(() -> config.invalid("model_type", supported(task)));
        JsonNode className = config.root().path("architectures").path(0);
        if (className.isMissingNode() && task == EncoderTask.EMBEDDING) {
            return architecture;
        }
        String name = className.asText();
        boolean encoder = ENCODERS.stream().anyMatch(end -> name.equals(architecture.className() + end));
        boolean reranker = architecture.ranks() && name.equals(architecture.className() + RERANKER);
        if (task == EncoderTask.EMBEDDING && reranker) {
            throw config.invalid(
                    "architectures", "it scores texts and does not embed them, so give it to RapidScoringModel");
        }
        if (task == EncoderTask.SCORING && encoder) {
            throw config.invalid(
                    "architectures", "it embeds texts and does not score them, so give it to RapidEmbeddingModel");
        }
        if (!encoder && !reranker) {
            throw config.invalid("architectures", supported(task));
        }
        return architecture;
    }

    /** The family of a {@code model_type}. */
    static Optional<EncoderArchitecture> find(String modelType) {
        return ALL.stream().filter(one -> one.modelType().equals(modelType)).findFirst();
    }

    private static String supported(EncoderTask task) {
        return task == EncoderTask.SCORING
                ? "supported are the rerankers " + names(ALL.stream().filter(EncoderArchitecture::ranks), RERANKER)
                : "supported are the encoders " + names(ALL.stream(), "Model") + ", and each …ForMaskedLM";
    }

    private static String names(Stream<EncoderArchitecture> architectures, String end) {
        return architectures.map(one -> one.className() + end).collect(joining(", "));
    }

    /** A head's width where all of them make up a hidden state. */
    static int headDimension(JsonFile config, int hiddenSize, int heads) {
        if (hiddenSize % heads != 0) {
            throw config.invalid(
                    "num_attention_heads", "it must divide hidden_size, which is %d".formatted(hiddenSize));
        }
        return hiddenSize / heads;
    }

    /** The activation that a field names. */
    static Activation activation(JsonFile config, String field, String absent) {
        Activation activation = ACTIVATIONS.get(config.text(field, absent));
        if (activation == null) {
            throw config.invalid(field, "supported are gelu, gelu_new, gelu_pytorch_tanh and relu");
        }
        return activation;
    }
}

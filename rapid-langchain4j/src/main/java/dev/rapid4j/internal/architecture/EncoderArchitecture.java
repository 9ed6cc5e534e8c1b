package dev.rapid4j.internal.architecture;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Output;
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

    /** Declares each weight of the encoder, by its name without what classes for other tasks put before it. */
    void addEncoder(NetworkWeights weights, EncoderConfiguration configuration);

    /** Declares the weights of a reranker's head. */
    default void addScorer(NetworkWeights weights, EncoderConfiguration configuration) {
        throw new IllegalStateException("there are no rerankers of this family");
    }

    /** What a {@code config.json} describes; anything that is not known is refused. */
    static EncoderConfiguration read(JsonFile config, EncoderTask task) {
        EncoderArchitecture architecture = of(config, task);
        Quantisation.refuse(config, NetworkKind.ENCODER);
        for (String name : List.of("is_decoder", "add_cross_attention", "is_encoder_decoder")) {
            if (config.flag(name, false)) {
                throw config.invalid(name, "supported are encoders");
            }
        }
        Output output = task == EncoderTask.SCORING
                ? scorer(config)
                : new Output(Pooling.MEAN, List.of(), true, Optional.empty());
        return architecture.configuration(config, output);
    }

    /** A reranker has a single label, for which transformers writes no name but {@code LABEL_0}. */
    private static Output scorer(JsonFile config) {
        JsonNode labels = config.root().path("id2label");
        if (labels.isObject() && labels.size() != 1) {
            throw config.invalid("id2label", "supported are rerankers, which have one label");
        }
        if (!labels.isObject() && config.positive("num_labels", ConfigurationChecks.MAX_WIDTH, 2) != 1) {
            throw config.invalid("num_labels", "supported are rerankers, which have one label");
        }
        return new Output(Pooling.CLS, List.of(), false, Optional.of(Activation.TANH));
    }

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

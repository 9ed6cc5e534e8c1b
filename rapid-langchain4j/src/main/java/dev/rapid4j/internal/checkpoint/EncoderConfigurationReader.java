package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.json.JsonFile;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads the {@code config.json} of a text encoder and what sentence-transformers adds to it; anything it does not know
 * it refuses.
 */
final class EncoderConfigurationReader {

    private static final Map<String, String> CLASS_NAMES =
            Map.of("xlm-roberta", "XLMRoberta", "roberta", "Roberta", "bert", "Bert");
    private static final String SUPPORTED =
            "supported are the encoders of XLM-RoBERTa, RoBERTa and BERT: XLMRobertaModel, RobertaModel, BertModel, and"
                    + " each …ForMaskedLM";

    private static final Map<String, Activation> ACTIVATIONS = Map.of(
            "gelu", Activation.GELU,
            "gelu_python", Activation.GELU,
            "gelu_new", Activation.GELU_TANH,
            "gelu_fast", Activation.GELU_TANH,
            "gelu_pytorch_tanh", Activation.GELU_TANH,
            "relu", Activation.RELU);

    /** Of sentence-transformers. */
    private static final List<String> MODULES =
            List.of("Transformer", "Pooling in " + EncoderFiles.POOLING_FOLDER, "Normalize");

    private static final String POOLING_MODE = "pooling_mode";

    /** Start, end, and something between them. */
    private static final int MIN_TOKENS = 3;

    private final CheckpointFolder folder;
    private final JsonFile config;
    private final boolean bgeM3;

    /** What sentence-transformers does with the vectors of the tokens. */
    private record Output(Pooling pooling, boolean normalized) {}

    private EncoderConfigurationReader(CheckpointFolder folder, boolean bgeM3) {
        this.folder = folder;
        this.config = folder.config();
        this.bgeM3 = bgeM3;
    }

    /** @param bgeM3 whether the checkpoint has one of BGE-M3's heads */
    static EncoderConfiguration read(CheckpointFolder folder, boolean bgeM3) {
        return new EncoderConfigurationReader(folder, bgeM3).read();
    }

    private EncoderConfiguration read() {
        String modelType = modelType();
        refuseVariants();
        int vocabularySize = config.positive("vocab_size", ConfigurationChecks.MAX_VOCABULARY);
        int hiddenSize = config.positive("hidden_size", ConfigurationChecks.MAX_WIDTH);
        int heads = config.positive("num_attention_heads", ConfigurationChecks.MAX_HEADS);
        if (hiddenSize % heads != 0) {
            throw config.invalid(
                    "num_attention_heads", "it must divide hidden_size, which is %d".formatted(hiddenSize));
        }
        int positions = config.positive("max_position_embeddings", ConfigurationChecks.MAX_CONTEXT);
        int firstPosition = modelType.equals("bert") ? 0 : paddingId() + 1;
        if (positions - firstPosition < MIN_TOKENS) {
            throw config.invalid("max_position_embeddings", "that leaves no room for a text");
        }
        Activation activation = ACTIVATIONS.get(config.text("hidden_act", "gelu"));
        if (activation == null) {
            throw config.invalid("hidden_act", "supported are gelu, gelu_new, gelu_pytorch_tanh and relu");
        }
        Output output = output();
        return new EncoderConfiguration(
                modelType,
                vocabularySize,
                hiddenSize,
                config.positive("intermediate_size", ConfigurationChecks.MAX_INTERMEDIATE),
                config.positive("num_hidden_layers", ConfigurationChecks.MAX_LAYERS),
                heads,
                positions,
                firstPosition,
                config.positive("type_vocab_size", ConfigurationChecks.MAX_WIDTH, 2),
                config.positive("layer_norm_eps", 1e-12),
                activation,
                output.pooling(),
                output.normalized(),
                maxTokens(positions - firstPosition));
    }

    private String modelType() {
        String modelType = config.text("model_type", "");
        String className = CLASS_NAMES.get(modelType);
        if (className == null) {
            throw config.invalid("model_type", SUPPORTED);
        }
        JsonNode architecture = config.root().path("architectures").path(0);
        if (!architecture.isMissingNode()
                && !architecture.asText().equals(className + "Model")
                && !architecture.asText().equals(className + "ForMaskedLM")) {
            throw config.invalid("architectures", SUPPORTED);
        }
        return modelType;
    }

    private void refuseVariants() {
        Quantisation.refuse(config, CheckpointKind.ENCODER);
        if (!config.text("position_embedding_type", "absolute").equals("absolute")) {
            throw config.invalid("position_embedding_type", "supported is absolute");
        }
        for (String name : List.of("is_decoder", "add_cross_attention", "is_encoder_decoder")) {
            if (config.flag(name, false)) {
                throw config.invalid(name, "supported are encoders");
            }
        }
    }

    /** (XLM-)RoBERTa counts the positions of a text from behind the padding's. */
    private int paddingId() {
        JsonNode id = config.root().path("pad_token_id");
        if (!config.has("pad_token_id")) {
            return 1;
        }
        if (!id.isInt() || id.intValue() < 0 || id.intValue() >= ConfigurationChecks.MAX_VOCABULARY) {
            throw config.invalid("pad_token_id", "the id of a token is needed");
        }
        return id.intValue();
    }

    private int maxTokens(int most) {
        Optional<JsonFile> sentences = folder.optional(EncoderFiles.SENTENCE_LENGTH);
        if (sentences.isPresent() && sentences.get().flag("do_lower_case", false)) {
            throw sentences.get().invalid("do_lower_case", "supported are tokenizers that see to that themselves");
        }
        if (sentences.isPresent() && sentences.get().has("max_seq_length")) {
            int length = sentences.get().positive("max_seq_length", ConfigurationChecks.MAX_CONTEXT);
            if (length < MIN_TOKENS) {
                throw sentences.get().invalid("max_seq_length", "that leaves no room for a text");
            }
            return Math.min(most, length);
        }
        // where a tokenizer knows no limit, transformers writes 10^30
        return folder.optional("tokenizer_config.json")
                .map(file -> file.root().path("model_max_length"))
                .filter(length -> length.isInt() && length.intValue() >= MIN_TOKENS)
                .map(length -> Math.min(most, length.intValue()))
                .orElse(most);
    }

    private Output output() {
        if (!Files.exists(folder.file(EncoderFiles.MODULES))) {
            return new Output(bgeM3 ? Pooling.CLS : Pooling.MEAN, true);
        }
        List<String> modules = JsonFile.readListAsPython(folder.file(EncoderFiles.MODULES)).stream()
                .map(EncoderConfigurationReader::module)
                .toList();
        if (!MODULES.equals(modules) && !MODULES.subList(0, 2).equals(modules)) {
            throw new CheckpointException("%s describes %s; supported are %s, the last of which may be missing"
                    .formatted(folder.file(EncoderFiles.MODULES), JsonFile.abbreviate(modules.toString()), MODULES));
        }
        return new Output(pooling(), MODULES.equals(modules));
    }

    /** The type of a module without its Python package, and its folder if it has one. */
    private static String module(JsonFile module) {
        String type = module.text("type", "");
        String path = module.text("path", "");
        String name = type.substring(type.lastIndexOf('.') + 1);
        return name.equals("Normalize") || path.isEmpty() ? name : name + " in " + path;
    }

    private Pooling pooling() {
        JsonFile file = JsonFile.readAsPython(folder.file(EncoderFiles.POOLING));
        Set<String> modes = new TreeSet<>();
        for (Map.Entry<String, JsonNode> field : file.root().properties()) {
            if (field.getKey().startsWith(POOLING_MODE + "_")
                    && field.getValue().asBoolean()) {
                modes.add(field.getKey().substring(POOLING_MODE.length() + 1));
            }
        }
        if (file.has(POOLING_MODE)) {
            modes.add(file.text(POOLING_MODE, ""));
        }
        if (modes.size() == 1) {
            switch (modes.iterator().next()) {
                case "cls_token", "cls" -> {
                    return Pooling.CLS;
                }
                case "mean_tokens", "mean" -> {
                    return Pooling.MEAN;
                }
                default -> {}
            }
        }
        throw new CheckpointException(
                "%s asks for the pooling %s; supported are the first token's vector (cls) and the mean"
                        .formatted(file.file(), JsonFile.abbreviate(modes.toString())));
    }
}

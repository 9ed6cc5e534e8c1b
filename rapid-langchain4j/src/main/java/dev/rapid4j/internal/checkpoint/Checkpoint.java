package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightFiles;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A folder with a language model as Hugging Face publishes them, read and checked but for the weights themselves. */
public final class Checkpoint {

    private static final long MAX_TEMPLATE_BYTES = 2_000_000;
    private static final List<String> TEMPLATE_TOKENS = List.of("bos_token", "eos_token", "pad_token", "unk_token");

    private final CheckpointFolder folder;
    private final DecoderConfiguration configuration;
    private final Map<String, WeightEntry> weights;
    private final Map<String, WeightEntry> fields;
    private final Set<Integer> endTokens;
    private final Optional<ChatTemplateSource> chatTemplate;

    private Checkpoint(CheckpointFolder folder) {
        this.folder = folder;
        JsonFile config = folder.config();
        DecoderConfiguration described = ConfigurationReader.read(config);
        Map<String, Tensor> tensors = WeightFiles.read(folder.directory());
        this.configuration = TiedEmbeddings.resolve(described, tensors, config.file());
        NetworkWeights network = Architecture.of(config).weights(configuration);
        this.weights =
                Map.copyOf(network.check(TiedEmbeddings.withEmbedding(configuration, tensors), "", folder.directory()));
        this.fields = network.fields(weights);
        Set<String> unused = new HashSet<>(tensors.keySet());
        unused.removeAll(weights.keySet());
        if (configuration.tiedEmbeddings()) {
            unused.remove(TiedEmbeddings.HEAD);
        }
        UnusedWeights.warn(config.file(), unused, configuration.layers());
        this.endTokens = endTokens(config);
        this.chatTemplate = readChatTemplate();
    }

    /**
     * Opens a folder.
     *
     * @throws CheckpointException if a file is missing, damaged, does not fit the others, or describes something that
     *     is not supported
     */
    public static Checkpoint open(Path directory) {
        return new Checkpoint(CheckpointFolder.of(directory));
    }

    /**
     * Opens a folder if there is one of this name, else a model of the hub: from the cache, or downloaded into it.
     *
     * @param directoryOrId a path, or {@code organisation/name}, or {@code organisation/name@revision}
     * @throws CheckpointException as {@link #open(Path)}, or if the model cannot be had from the hub
     */
    public static Checkpoint open(String directoryOrId, HubFiles hub) {
        return CheckpointFolder.read(directoryOrId, hub, CheckpointKind.DECODER, Checkpoint::new);
    }

    /** The folder, absolute. */
    public Path directory() {
        return folder.directory();
    }

    /** The folder's name, or {@code organisation/name} of the hub. */
    public String name() {
        return folder.name();
    }

    public DecoderConfiguration configuration() {
        return configuration;
    }

    /**
     * Where each weight of the network lies, by the tensor's name. Tensors that it does not need are not among them.
     */
    public Map<String, WeightEntry> weights() {
        return weights;
    }

    /** Where each weight of the network lies, by the field that it fills in the network's program. */
    public Map<String, WeightEntry> fields() {
        return fields;
    }

    /** The tokens that end an answer; those of {@code generation_config.json} and of {@code config.json} together. */
    public Set<Integer> endTokens() {
        return endTokens;
    }

    /** The chat template, which base models do not have. */
    public Optional<ChatTemplateSource> chatTemplate() {
        return chatTemplate;
    }

    /**
     * Loads the tokenizer; the caller closes it.
     *
     * @throws CheckpointException if {@code tokenizer.json} is missing or damaged, or has ids beyond the vocabulary of
     *     the network
     */
    public Tokenizer openTokenizer() {
        return folder.openTokenizer(configuration.vocabularySize(), Tokenizer.Network.DECODER);
    }

    @Override
    public String toString() {
        return folder.name();
    }

    private Set<Integer> endTokens(JsonFile config) {
        Set<Integer> endTokens = new TreeSet<>();
        addEndTokens(config, endTokens);
        folder.optional("generation_config.json").ifPresent(file -> addEndTokens(file, endTokens));
        return Set.copyOf(endTokens);
    }

    private void addEndTokens(JsonFile file, Set<Integer> endTokens) {
        if (!file.has("eos_token_id")) {
            return;
        }
        JsonNode value = file.root().path("eos_token_id");
        for (JsonNode id : value.isArray() ? value : List.of(value)) {
            if (!id.isIntegralNumber()
                    || !id.canConvertToInt()
                    || id.intValue() < 0
                    || id.intValue() >= configuration.vocabularySize()) {
                throw file.invalid(
                        "eos_token_id",
                        "an id from 0 to %d, or a list of such, is needed"
                                .formatted(configuration.vocabularySize() - 1));
            }
            endTokens.add(id.intValue());
        }
    }

    private Optional<ChatTemplateSource> readChatTemplate() {
        Optional<JsonFile> tokenizerConfig = folder.optional("tokenizer_config.json");
        Path file = folder.file("chat_template.jinja");
        if (Files.exists(file)) {
            return Optional.of(new ChatTemplateSource(file, readText(file), specialTokens(tokenizerConfig)));
        }
        return tokenizerConfig
                .filter(json -> json.has("chat_template"))
                .flatMap(Checkpoint::defaultTemplate)
                .map(text ->
                        new ChatTemplateSource(tokenizerConfig.get().file(), text, specialTokens(tokenizerConfig)));
    }

    private static Optional<String> defaultTemplate(JsonFile tokenizerConfig) {
        JsonNode template = tokenizerConfig.root().path("chat_template");
        if (template.isTextual()) {
            return Optional.of(template.textValue());
        }
        for (JsonNode named : template) {
            if (named.path("name").asText().equals("default")
                    && named.path("template").isTextual()) {
                return Optional.of(named.path("template").textValue());
            }
        }
        throw tokenizerConfig.invalid("chat_template", "a text, or a list with one named default, is needed");
    }

    private Map<String, String> specialTokens(Optional<JsonFile> tokenizerConfig) {
        Map<String, String> tokens = new LinkedHashMap<>();
        folder.optional("special_tokens_map.json").ifPresent(file -> addSpecialTokens(file, tokens));
        tokenizerConfig.ifPresent(file -> addSpecialTokens(file, tokens));
        return tokens;
    }

    private static void addSpecialTokens(JsonFile file, Map<String, String> tokens) {
        for (String token : TEMPLATE_TOKENS) {
            JsonNode value = file.root().path(token);
            if (value.isObject()) {
                value = value.path("content");
            }
            if (value.isTextual()) {
                tokens.put(token, value.textValue());
            }
        }
    }

    private static String readText(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_TEMPLATE_BYTES) {
                throw new CheckpointException("%s has %,d bytes, more than the %,d a chat template may have"
                        .formatted(file, size, MAX_TEMPLATE_BYTES));
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new CheckpointException(file + " is not UTF-8 text; download it again", e);
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be read: " + e, e);
        }
    }
}

package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderNetwork;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightFiles;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A folder with a language model as Hugging Face publishes them. */
record PublishedModel(CheckpointFolder folder, JsonFile config) implements ModelFiles {

    /** Enough for all characters that a template may have, of which only its parser speaks. */
    private static final long MAX_TEMPLATE_BYTES = 4 << 20;

    /** What stands before the names of the tensors of a network that was saved without the class around it. */
    private static final String BASE = "model.";

    private static final String EMBEDDING_OF_BASE = DecoderNetwork.EMBEDDING.substring(BASE.length());

    private static final List<String> TEMPLATE_TOKENS = List.of("bos_token", "eos_token", "pad_token", "unk_token");

    PublishedModel(CheckpointFolder folder) {
        this(folder, folder.config());
    }

    @Override
    public Path path() {
        return folder.directory();
    }

    @Override
    public String name() {
        return folder.name();
    }

    @Override
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = WeightFiles.read(folder.directory());
        if (tensors.containsKey(DecoderNetwork.EMBEDDING) || !tensors.containsKey(EMBEDDING_OF_BASE)) {
            return tensors;
        }
        Map<String, Tensor> named = new HashMap<>();
        tensors.forEach((name, tensor) -> named.put(name.equals(DecoderNetwork.HEAD) ? name : BASE + name, tensor));
        return named;
    }

    @Override
    public Tokenizer openTokenizer(int vocabularySize) {
        return folder.openTokenizer(vocabularySize, Tokenizer.Network.DECODER);
    }

    /** Those of {@code generation_config.json} and of {@code config.json} together. */
    @Override
    public Set<Integer> endTokens(int vocabularySize) {
        Set<Integer> endTokens = new TreeSet<>();
        addEndTokens(config, vocabularySize, endTokens);
        addEndTokens(DecoderNetwork.languageModel(config), vocabularySize, endTokens);
        folder.optional("generation_config.json").ifPresent(file -> addEndTokens(file, vocabularySize, endTokens));
        return Set.copyOf(endTokens);
    }

    private static void addEndTokens(JsonFile file, int vocabularySize, Set<Integer> endTokens) {
        if (!file.has("eos_token_id")) {
            return;
        }
        JsonNode value = file.root().path("eos_token_id");
        for (JsonNode id : value.isArray() ? value : List.of(value)) {
            if (!id.isIntegralNumber()
                    || !id.canConvertToInt()
                    || id.intValue() < 0
                    || id.intValue() >= vocabularySize) {
                throw file.invalid(
                        "eos_token_id",
                        "an id from 0 to %d, or a list of such, is needed".formatted(vocabularySize - 1));
            }
            endTokens.add(id.intValue());
        }
    }

    /** Files come before what {@code tokenizer_config.json} holds, as in transformers. */
    @Override
    public Optional<ChatTemplateSource> chatTemplate() {
        Optional<JsonFile> tokenizerConfig = folder.optional("tokenizer_config.json");
        Map<String, String> specialTokens = specialTokens(tokenizerConfig);
        Path file = folder.file(CheckpointKind.CHAT_TEMPLATE);
        if (Files.exists(file)) {
            Path toolFile = folder.file(CheckpointKind.TOOL_TEMPLATE);
            Optional<String> toolText = Files.exists(toolFile) ? Optional.of(readText(toolFile)) : Optional.empty();
            return Optional.of(new ChatTemplateSource(file, readText(file), toolText, specialTokens));
        }
        return tokenizerConfig.filter(json -> json.has("chat_template")).map(json -> {
            JsonNode template = json.root().path("chat_template");
            if (template.isTextual()) {
                return new ChatTemplateSource(json.file(), template.textValue(), Optional.empty(), specialTokens);
            }
            String text = named("default", template)
                    .orElseThrow(
                            () -> json.invalid("chat_template", "a text, or a list with one named default, is needed"));
            return new ChatTemplateSource(json.file(), text, named("tool_use", template), specialTokens);
        });
    }

    private static Optional<String> named(String name, JsonNode templates) {
        for (JsonNode template : templates) {
            if (template.path("name").asText().equals(name)
                    && template.path("template").isTextual()) {
                return Optional.of(template.path("template").textValue());
            }
        }
        return Optional.empty();
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

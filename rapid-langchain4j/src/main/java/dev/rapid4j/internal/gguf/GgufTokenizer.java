package dev.rapid4j.internal.gguf;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.gguf.GgufVocabulary.Kind;
import dev.rapid4j.internal.gguf.GgufVocabulary.Token;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.json.JsonText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a GGUF's metadata says about text: what Hugging Face publishes beside the same model in files.
 *
 * @param json what its {@code tokenizer.json} holds
 * @param endTokens ids of the tokens that end an answer, as its {@code generation_config.json} lists them
 * @param chatTemplate Jinja source, which base models do not have
 * @param toolTemplate the source of one that takes its place where there are tools; most models have one for all
 * @param specialTokens texts of {@code bos_token}, {@code eos_token}, {@code pad_token} and {@code unk_token}, as far
 *     as there are such
 */
public record GgufTokenizer(
        JsonText json,
        Set<Integer> endTokens,
        Optional<String> chatTemplate,
        Optional<String> toolTemplate,
        Map<String, String> specialTokens) {

    private static final String MODEL = "tokenizer.ggml.model";
    private static final String PRE_TOKENIZER = "tokenizer.ggml.pre";
    private static final String SPACE_PREFIX = "tokenizer.ggml.add_space_prefix";
    private static final String TEMPLATE = "tokenizer.chat_template";
    private static final String TOOL_TEMPLATE = TEMPLATE + ".tool_use";
    private static final String TEMPLATE_NAMES = "tokenizer.chat_templates";

    private static final String BYTE_LEVEL = "gpt2";
    private static final String SENTENCE_PIECE = "llama";

    private static final Map<String, String> SPECIAL_TOKENS = Map.of(
            "bos_token", GgufVocabulary.START,
            "eos_token", GgufVocabulary.END,
            "pad_token", GgufVocabulary.PADDING,
            "unk_token", GgufVocabulary.UNKNOWN);

    private static final Pattern NAME = Pattern.compile("[\\w.+-]{1,50}");

    public GgufTokenizer {
        endTokens = Set.copyOf(endTokens);
        specialTokens = Map.copyOf(specialTokens);
    }

    /**
     * @param networkSize rows of the network's embedding; there may be fewer tokens, but not more
     * @throws CheckpointException if the vocabulary is of a kind that is not supported, or damaged
     */
    public static GgufTokenizer read(GgufFile file, int networkSize) {
        String model = file.text(MODEL).orElseThrow(() -> file.invalid(MODEL, "the kind of the tokenizer is needed"));
        return switch (model) {
            case BYTE_LEVEL -> {
                PreTokenizer preTokenizer = preTokenizer(file);
                yield of(GgufVocabulary.read(file, networkSize, false), preTokenizer::describe);
            }
            case SENTENCE_PIECE -> {
                GgufVocabulary vocabulary = GgufVocabulary.read(file, networkSize, true);
                yield of(vocabulary, (tokenizer, parts) -> describeSentencePiece(vocabulary, tokenizer, parts));
            }
            default ->
                throw unsupported(file, MODEL, model, "gpt2 (byte-level BPE) and llama (SentencePiece with scores)");
        };
    }

    private static PreTokenizer preTokenizer(GgufFile file) {
        String name = file.text(PRE_TOKENIZER)
                .orElseThrow(() -> file.invalid(
                        PRE_TOKENIZER, "without it nobody knows how text is taken apart; take a newer file"));
        return PreTokenizer.named(name).orElseThrow(() -> unsupported(file, PRE_TOKENIZER, name, PreTokenizer.names()));
    }

    private static CheckpointException unsupported(GgufFile file, String key, String value, String supported) {
        return new CheckpointException("%s: %s is %s; supported are %s"
                .formatted(
                        file.file(), key, NAME.matcher(value).matches() ? value : "a name like no other", supported));
    }

    /** Writes what is not the same for all vocabularies. */
    @FunctionalInterface
    private interface Description {
        void write(ObjectNode tokenizer, ObjectNode model);
    }

    private static GgufTokenizer of(GgufVocabulary vocabulary, Description description) {
        ObjectNode tokenizer = JsonFile.MAPPER.createObjectNode().put("version", "1.0");
        ObjectNode model = tokenizer.objectNode().put("type", "BPE").putNull("continuing_subword_prefix");
        description.write(tokenizer, model);
        GgufFile file = vocabulary.file();
        return new GgufTokenizer(
                new JsonText(file.file(), json(tokenizer, model, vocabulary)),
                vocabulary.ends(),
                chatTemplate(file),
                file.text(TOOL_TEMPLATE),
                specialTokens(vocabulary));
    }

    /** A tree of it would take ten times the memory. */
    private static byte[] json(ObjectNode tokenizer, ObjectNode model, GgufVocabulary vocabulary) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator out = JsonFile.MAPPER.createGenerator(json)) {
            out.writeStartObject();
            out.writeArrayFieldStart("added_tokens");
            for (Token token : vocabulary.tokens()) {
                if (token.kind() == Kind.CONTROL || token.kind() == Kind.ADDED) {
                    out.writeTree(addedToken(token));
                }
            }
            out.writeEndArray();
            writeFields(tokenizer, out);
            out.writeObjectFieldStart("model");
            writeFields(model, out);
            out.writeObjectFieldStart("vocab");
            for (Token token : vocabulary.tokens()) {
                out.writeNumberField(token.text(), token.id());
            }
            out.writeEndObject();
            out.writeArrayFieldStart("merges");
            GgufMerges.write(vocabulary, out);
            out.writeEndArray();
            out.writeEndObject();
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return json.toByteArray();
    }

    private static ObjectNode addedToken(Token token) {
        return JsonFile.MAPPER
                .createObjectNode()
                .put("id", token.id())
                .put("content", token.text())
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", token.kind() == Kind.CONTROL);
    }

    private static void writeFields(ObjectNode object, JsonGenerator out) throws IOException {
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            out.writeFieldName(field.getKey());
            out.writeTree(field.getValue());
        }
    }

    /** As the files of Llama 2 and Gemma have it. */
    private static void describeSentencePiece(GgufVocabulary vocabulary, ObjectNode tokenizer, ObjectNode model) {
        boolean prefixed = vocabulary.file().flag(SPACE_PREFIX).orElse(true);
        ArrayNode normalizers =
                tokenizer.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        if (prefixed) {
            normalizers.addObject().put("type", "Prepend").put("prepend", "▁");
        }
        normalizers.add(replacement(" ", "▁"));
        ArrayNode decoders =
                tokenizer.putObject("decoder").put("type", "Sequence").putArray("decoders");
        decoders.add(replacement("▁", " "));
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (prefixed) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        model.put("unk_token", text(vocabulary, GgufVocabulary.UNKNOWN).orElse(null))
                .put("fuse_unk", true)
                .put("byte_fallback", true);
    }

    private static ObjectNode replacement(String pattern, String content) {
        ObjectNode replacement =
                JsonFile.MAPPER.createObjectNode().put("type", "Replace").put("content", content);
        replacement.putObject("pattern").put("String", pattern);
        return replacement;
    }

    private static Optional<String> text(GgufVocabulary vocabulary, String key) {
        return vocabulary.id(key).stream()
                .boxed()
                .flatMap(id -> vocabulary.tokens().stream().filter(token -> token.id() == id))
                .map(Token::text)
                .findFirst();
    }

    private static Map<String, String> specialTokens(GgufVocabulary vocabulary) {
        Map<String, String> tokens = new LinkedHashMap<>();
        SPECIAL_TOKENS.forEach((name, key) -> text(vocabulary, key).ifPresent(text -> tokens.put(name, text)));
        return tokens;
    }

    /** Of several templates, converters write the one named {@code default} under the key without a name. */
    private static Optional<String> chatTemplate(GgufFile file) {
        Optional<String> template = file.text(TEMPLATE);
        List<String> names = file.texts(TEMPLATE_NAMES);
        if (template.isEmpty() && !names.isEmpty()) {
            throw file.invalid(TEMPLATE, "there are only templates with names, and none of them is the default");
        }
        return template;
    }
}

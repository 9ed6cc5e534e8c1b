package dev.rapid4j.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A {@code tokenizer.json}, and its guarded twin, in which nobody can write a control token.
 *
 * <p>In the twin every control token goes by an alias that is drawn anew each time and that no text can contain, while
 * its id and everything else stay. To the twin {@code <|im_end|>} in a document is ordinary text, wherever the library
 * would otherwise find it: among the added tokens, in the vocabulary of the model, or by merges.
 *
 * @param json the tokenizer as it is, without truncation and padding; for a decoder, since only its ids become text
 * @param guardedJson the twin
 * @param vocabularySize one more than the highest id
 * @param vocabularyDigest hash of all tokens with their ids
 * @param unknownId of the token that stands for text that has no other
 * @param cutRules where a text may be cut for the twin
 * @param frame the tokens around a text, for an encoder's tokenizer
 */
record TokenizerFile(
        Optional<String> json,
        String guardedJson,
        List<ControlToken> controlTokens,
        int vocabularySize,
        String vocabularyDigest,
        OptionalInt unknownId,
        CutRules cutRules,
        Optional<TokenFrame> frame) {

    private static final long MAX_BYTES = 200_000_000;

    /**
     * An added token that is not merely a word or white space.
     *
     * @param conditional whether the library takes its text for the token only in some surroundings
     * @param unknown whether the library uses it for text that has no other token, too
     * @param stripping whether white space beside it becomes part of it
     */
    record ControlToken(
            String content,
            String alias,
            boolean normalized,
            boolean conditional,
            boolean unknown,
            boolean stripping) {}

    static TokenizerFile read(Path file, int modelVocabularySize, CheckpointKind kind) {
        JsonFile json = JsonFile.read(file, MAX_BYTES);
        TokenizerParts.check(json);
        return new Reader(json, modelVocabularySize).read(kind);
    }

    private static final class Reader {

        private final JsonFile file;
        private final ObjectNode root;
        private final JsonNode model;
        private final String[] tokens;
        private final SecureRandom random = new SecureRandom();
        private int vocabularySize;

        Reader(JsonFile file, int modelVocabularySize) {
            this.file = file;
            this.root = (ObjectNode) file.root();
            this.model = file.object("model").root();
            this.tokens = new String[modelVocabularySize];
        }

        TokenizerFile read(CheckpointKind kind) {
            collectTokens();
            Optional<TokenFrame> frame = kind == CheckpointKind.ENCODER
                    ? Optional.of(TokenFrame.of(file, vocabularySize))
                    : Optional.empty();
            root.putNull("truncation");
            root.putNull("padding");
            root.putNull("post_processor");
            Optional<String> json = kind == CheckpointKind.DECODER ? Optional.of(write()) : Optional.empty();
            String unknown = unknownToken();
            OptionalInt unknownId = IntStream.range(0, vocabularySize)
                    .filter(id -> unknown.equals(tokens[id]))
                    .findFirst();
            Map<String, ControlToken> control = controlTokens();
            guard(control);
            Set<String> aliases =
                    control.values().stream().map(ControlToken::alias).collect(Collectors.toSet());
            return new TokenizerFile(
                    json,
                    write(),
                    List.copyOf(control.values()),
                    vocabularySize,
                    digest(),
                    unknownId,
                    CutRules.of(root, aliases),
                    frame);
        }

        private void collectTokens() {
            JsonNode vocabulary = model.path("vocab");
            if (vocabulary.isObject()) {
                vocabulary.properties().forEach(entry -> collect(entry.getKey(), entry.getValue()));
            } else if (vocabulary.isArray()) {
                int id = 0;
                for (JsonNode piece : vocabulary) {
                    collect(piece.path(0).asText(), id++);
                }
            } else {
                throw new CheckpointException(file.file() + ": model.vocab is missing; download it again");
            }
            for (JsonNode added : root.path("added_tokens")) {
                if (!added.path("content").isTextual()) {
                    throw file.invalid("added_tokens", "each needs a content");
                }
                collect(added.path("content").textValue(), added.path("id"));
            }
        }

        private void collect(String token, JsonNode id) {
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
                throw new CheckpointException("%s: token \"%s\" has the id %s; download it again"
                        .formatted(file.file(), JsonFile.abbreviate(token), id));
            }
            collect(token, id.intValue());
        }

        private void collect(String token, int id) {
            if (id >= tokens.length) {
                throw new CheckpointException(
                        ("%s: token \"%s\" has the id %d, but config.json gives the network a vocab_size of %d; the files do"
                                        + " not belong together")
                                .formatted(file.file(), JsonFile.abbreviate(token), id, tokens.length));
            }
            tokens[id] = token;
            vocabularySize = Math.max(vocabularySize, id + 1);
        }

        private Map<String, ControlToken> controlTokens() {
            String unknown = unknownToken();
            Map<String, ControlToken> control = new LinkedHashMap<>();
            for (JsonNode added : root.path("added_tokens")) {
                String content = added.path("content").textValue();
                if (content.isEmpty()
                        || !isControl(content, added.path("special").asBoolean())) {
                    continue;
                }
                boolean normalized = added.path("normalized").asBoolean();
                control.put(
                        content,
                        new ControlToken(
                                content,
                                alias(content),
                                normalized,
                                normalized || added.path("single_word").asBoolean(),
                                content.equals(unknown),
                                added.path("lstrip").asBoolean()
                                        || added.path("rstrip").asBoolean()));
            }
            return control;
        }

        private String unknownToken() {
            if (model.path("vocab").isArray() && model.path("unk_id").isInt()) {
                return model.path("vocab")
                        .path(model.path("unk_id").intValue())
                        .path(0)
                        .asText();
            }
            return model.path("unk_token").asText();
        }

        /**
         * Vocabularies are extended by plain words, single characters and runs of spaces as well. Those belong to
         * ordinary text, and taking them from it would change what a model reads.
         */
        private static boolean isControl(String content, boolean special) {
            boolean words = content.codePoints()
                    .allMatch(c -> Character.isLetterOrDigit(c)
                            || Character.isWhitespace(c)
                            || Character.getType(c) == Character.NON_SPACING_MARK
                            || c == '-'
                            || c == '\'');
            return special || !words && content.codePointCount(0, content.length()) > 1;
        }

        /**
         * Lower-case letters pass every normaliser unchanged. The ends are part of a word where those of the content
         * are, which decides what neighbours that must stand alone ({@code single_word}) see.
         */
        private String alias(String content) {
            StringBuilder alias = new StringBuilder(34);
            alias.append(isWord(content.codePointAt(0)) ? 'a' : '<');
            for (int i = 0; i < 32; i++) {
                alias.append((char) ('a' + random.nextInt(26)));
            }
            return alias.append(isWord(content.codePointBefore(content.length())) ? 'a' : '>')
                    .toString();
        }

        private static boolean isWord(int c) {
            return Character.isLetterOrDigit(c) || c == '_';
        }

        private void guard(Map<String, ControlToken> control) {
            for (JsonNode added : root.path("added_tokens")) {
                ControlToken token = control.get(added.path("content").textValue());
                if (token != null) {
                    ((ObjectNode) added).put("content", token.alias());
                }
            }
            if (model.path("vocab") instanceof ObjectNode vocabulary) {
                control.values().forEach(token -> {
                    JsonNode id = vocabulary.remove(token.content());
                    if (id != null) {
                        vocabulary.set(token.alias(), id);
                    }
                });
            } else {
                for (JsonNode piece : model.path("vocab")) {
                    ControlToken token = control.get(piece.path(0).asText());
                    if (token != null) {
                        ((ArrayNode) piece).set(0, token.alias());
                    }
                }
            }
            dropMerges(control);
            ControlToken unknown = control.get(model.path("unk_token").asText());
            if (unknown != null) {
                ((ObjectNode) model).put("unk_token", unknown.alias());
            }
        }

        /** A merge that leads to a control token would let text become one, and names a token that has gone. */
        private void dropMerges(Map<String, ControlToken> control) {
            String prefix = model.path("continuing_subword_prefix").asText("");
            Iterator<JsonNode> merges = model.path("merges").elements();
            while (merges.hasNext()) {
                JsonNode merge = merges.next();
                String[] parts = merge.isArray()
                        ? new String[] {merge.path(0).asText(), merge.path(1).asText()}
                        : merge.asText().split(" ", 2);
                if (parts.length < 2) {
                    continue;
                }
                String tail = parts[1].startsWith(prefix) ? parts[1].substring(prefix.length()) : parts[1];
                if (control.containsKey(parts[0])
                        || control.containsKey(parts[1])
                        || control.containsKey(parts[0] + tail)) {
                    merges.remove();
                }
            }
        }

        private String write() {
            try {
                return JsonFile.MAPPER.writeValueAsString(root);
            } catch (JsonProcessingException e) {
                throw new CheckpointException(file.file() + " cannot be processed", e);
            }
        }

        private String digest() {
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                for (int id = 0; id < vocabularySize; id++) {
                    if (tokens[id] != null) {
                        digest.update((id + "\0" + tokens[id] + "\0").getBytes(StandardCharsets.UTF_8));
                    }
                }
                return HexFormat.of().formatHex(digest.digest());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.json.JsonText;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.tokenizer.TokenizerFile.ControlToken;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Reads a {@code tokenizer.json} and writes its guarded twin on the way: a tree of vocabulary and merges, hundreds of
 * thousands of nodes, takes longer than all else.
 */
final class TokenizerReader {

    /** None that is a control token of other vocabularies, as {@code <s>} is. */
    private static final Pattern HTML_TAG = Pattern.compile(
            "</?(?:table|caption|thead|tbody|tfoot|tr|th|td|h[1-6]|blockquote|strong|em|b|i|u|sub|sup|code)>");

    private static final long MAX_BYTES = 200_000_000;

    /** The library makes each byte of a piece a node of a tree, which it takes down recursively. */
    private static final int MAX_PIECE_BYTES = 256;

    private static final long MAX_ALL_PIECES_BYTES = 16_000_000;

    /** Every occurrence of a token gets a copy of its text; the longest known has 1,024 characters. */
    private static final int MAX_TOKEN_CHARACTERS = 4_000;

    private static final long MAX_ALL_TOKENS_CHARACTERS = 50_000_000;

    /** Without tables of all names, which take longer than the rest for the names of a vocabulary. */
    private static final JsonFactory FACTORY = JsonFile.MAPPER
            .getFactory()
            .rebuild()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final ObjectReader PART = JsonFile.MAPPER
            .reader()
            .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final int modelVocabularySize;
    private final Tokenizer.Network network;
    private final SecureRandom random = new SecureRandom();

    /** For each added token its alias, if it is a control token; {@code null} until the file has told. */
    private Map<String, Optional<String>> aliases;

    private final BitSet controlLengths = new BitSet();

    /** Of the second part of a merge; {@code null} until the file has told. */
    private String prefix;

    /** Whether every merge can be one text, with a space between its parts, which the library reads faster. */
    private boolean joinMerges = true;

    private TokenizerReader(Path file, int modelVocabularySize, Tokenizer.Network network) {
        this.file = file;
        this.modelVocabularySize = modelVocabularySize;
        this.network = network;
    }

    /** @throws CheckpointException if the file is damaged, or one that the native library would not survive */
    static TokenizerFile read(Path file, int modelVocabularySize, Tokenizer.Network network) {
        TokenizerReader reader = new TokenizerReader(file, modelVocabularySize, network);
        return read(() -> JsonFile.stream(file, MAX_BYTES, in -> reader.pass(FACTORY.createParser(in))));
    }

    /** @throws CheckpointException if it is damaged, or one that the native library would not survive */
    static TokenizerFile read(JsonText json, int modelVocabularySize, Tokenizer.Network network) {
        TokenizerReader reader = new TokenizerReader(json.file(), modelVocabularySize, network);
        return read(() -> {
            try {
                return reader.pass(FACTORY.createParser(json.utf8()));
            } catch (IOException e) {
                throw new CheckpointException(json.file() + " cannot be read: " + e, e);
            }
        });
    }

    /** Once, but for files that have their parts in an unusual order. */
    private static TokenizerFile read(Supplier<Optional<TokenizerFile>> pass) {
        Optional<TokenizerFile> tokenizer;
        do {
            tokenizer = pass.get();
        } while (tokenizer.isEmpty());
        return tokenizer.get();
    }

    private Optional<TokenizerFile> pass(JsonParser json) throws IOException {
        try (json) {
            return new Pass(json).read();
        }
    }

    private CheckpointException damaged(String message, Object... values) {
        return new CheckpointException("%s: %s; download it again".formatted(file, message.formatted(values)));
    }

    /** From the first to the last character of the file. */
    private final class Pass {

        private final JsonParser in;
        private final StringWriter text = new StringWriter();
        private final JsonGenerator out;

        /** All but the vocabulary and the merges. */
        private final ObjectNode root = JsonFile.MAPPER.createObjectNode();

        private boolean vocabularyFound;
        private boolean vocabularyIsList;
        private boolean merged;
        private int entries;

        /** Of all tokens, by id. */
        private final String[] texts = new String[modelVocabularySize];

        private int vocabularySize;
        private final BitSet controlIds = new BitSet();
        private final Map<String, Integer> addedIds = new HashMap<>();
        private int highestAddedId = -1;

        /** Both parts of a merge, with a space between them. */
        private char[] merge = new char[256];

        /** Whether everything was known when it was needed. */
        private boolean complete = true;

        Pass(JsonParser in) throws IOException {
            this.in = in;
            out = FACTORY.createGenerator(text);
        }

        /** @return nothing if another pass is needed, which knows from the start what this one found too late */
        Optional<TokenizerFile> read() throws IOException {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new CheckpointException("%s does not hold a JSON object; download it again".formatted(file));
            }
            out.writeStartObject();
            out.writeObjectFieldStart("model");
            Set<String> sections = new HashSet<>();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String section = in.currentName();
                requireNew(section, sections);
                if (in.nextToken() == JsonToken.START_OBJECT && section.equals("model")) {
                    readModel(root.putObject(section));
                } else {
                    root.set(section, PART.readTree(in));
                }
            }
            if (in.nextToken() != null) {
                throw damaged("something follows its JSON object");
            }
            JsonFile json = new JsonFile(file, root);
            ObjectNode model = (ObjectNode) json.object("model").root();
            if (!vocabularyFound) {
                throw damaged("model.vocab is missing");
            }
            if (!complete) {
                knowAliases();
                prefix = model.path("continuing_subword_prefix").asText("");
                return Optional.empty();
            }
            Vocabulary vocabulary = new Vocabulary(texts, entries, vocabularyIsList, merged, addedIds);
            TokenizerParts.check(json, vocabulary);
            return Optional.of(finish(json, model, vocabulary));
        }

        private void requireNew(String name, Set<String> names) {
            if (!names.add(name)) {
                throw damaged("it has the field \"%s\" twice", JsonFile.abbreviate(name));
            }
        }

        private void readModel(ObjectNode model) throws IOException {
            Set<String> names = new HashSet<>();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                requireNew(name, names);
                JsonToken value = in.nextToken();
                if (name.equals("vocab")) {
                    vocabularyFound = true;
                    vocabularyIsList = value == JsonToken.START_ARRAY;
                    if (!vocabularyIsList && value != JsonToken.START_OBJECT) {
                        throw damaged("model.vocab is neither a JSON object nor a list");
                    }
                    if (isKnown(aliases != null || root.has("added_tokens"))) {
                        knowAliases();
                        out.writeFieldName(name);
                        copyVocabulary();
                    }
                } else if (name.equals("merges") && value == JsonToken.START_ARRAY) {
                    merged = true;
                    if (prefix == null && model.has("continuing_subword_prefix")) {
                        prefix = model.path("continuing_subword_prefix").asText("");
                    }
                    if (isKnown(prefix != null && aliases != null)) {
                        out.writeFieldName(name);
                        copyMerges();
                    }
                } else {
                    model.set(name, PART.readTree(in));
                }
            }
        }

        /** Otherwise what stands here is passed by. */
        private boolean isKnown(boolean known) throws IOException {
            if (!known) {
                complete = false;
                in.skipChildren();
            }
            return known;
        }

        private void knowAliases() {
            if (aliases != null) {
                return;
            }
            aliases = new HashMap<>();
            for (JsonNode token : root.path("added_tokens")) {
                if (!token.path("content").isTextual()) {
                    throw new JsonFile(file, root).invalid("added_tokens", "each needs a content");
                }
                String content = token.path("content").textValue();
                if (isControl(content, token.path("special").asBoolean())) {
                    aliases.put(content, Optional.of(alias(content)));
                    controlLengths.set(content.length());
                } else {
                    aliases.putIfAbsent(content, Optional.empty());
                }
            }
        }

        private void copyVocabulary() throws IOException {
            if (vocabularyIsList) {
                copyPieces();
                return;
            }
            long characters = 0;
            out.writeStartObject();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String token = in.currentName();
                characters += token.length();
                if (token.length() > MAX_TOKEN_CHARACTERS || characters > MAX_ALL_TOKENS_CHARACTERS) {
                    throw new CheckpointException("%s: the tokens of model.vocab are too long".formatted(file));
                }
                if (in.nextToken() != JsonToken.VALUE_NUMBER_INT
                        || in.getNumberType() != JsonParser.NumberType.INT
                        || in.getIntValue() < 0) {
                    throw idDamaged(token, in.getText());
                }
                out.writeFieldName(guarded(token, in.getIntValue()));
                out.writeNumber(in.getIntValue());
            }
            out.writeEndObject();
            requireDistinct();
        }

        private CheckpointException idDamaged(String token, String id) {
            return damaged("token \"%s\" has the id %s", JsonFile.abbreviate(token), id);
        }

        /** Compares by hash codes first. */
        private void requireDistinct() {
            long[] hashesAndIds = IntStream.range(0, vocabularySize)
                    .filter(id -> texts[id] != null)
                    .mapToLong(id -> (long) texts[id].hashCode() << 32 | id)
                    .sorted()
                    .toArray();
            for (int i = 1; i < hashesAndIds.length; i++) {
                String token = texts[(int) hashesAndIds[i]];
                if (token.equals(texts[(int) hashesAndIds[i - 1]])) {
                    throw damaged("model.vocab has the token \"%s\" twice", JsonFile.abbreviate(token));
                }
            }
        }

        private void copyPieces() throws IOException {
            long bytes = 0;
            out.writeStartArray();
            while (in.nextToken() == JsonToken.START_ARRAY) {
                String piece = in.nextTextValue();
                if (piece == null || !in.nextToken().isNumeric()) {
                    throw damaged("a piece of model.vocab is not a text with a number");
                }
                int length = piece.getBytes(StandardCharsets.UTF_8).length;
                bytes += length;
                if (length > MAX_PIECE_BYTES || bytes > MAX_ALL_PIECES_BYTES) {
                    throw new CheckpointException("%s: the pieces of model.vocab are too long".formatted(file));
                }
                out.writeStartArray();
                out.writeString(guarded(piece, entries));
                out.writeNumber(in.getText());
                out.writeEndArray();
                requireEndOf("a piece of model.vocab");
            }
            requireEnd("model.vocab");
            out.writeEndArray();
        }

        private void requireEndOf(String list) throws IOException {
            in.nextToken();
            requireEnd(list);
        }

        private void requireEnd(String list) throws IOException {
            if (in.currentToken() != JsonToken.END_ARRAY) {
                throw damaged("%s has more in it than it should: %s", list, JsonFile.abbreviate(in.getText()));
            }
        }

        /** The text under which the twin knows a token of the vocabulary. */
        private String guarded(String token, int id) {
            entries++;
            if (id < texts.length && texts[id] != null) {
                throw damaged("two tokens of model.vocab have the id %d", id);
            }
            Optional<String> alias = aliases.get(token);
            collect(token, id, alias != null && alias.isPresent());
            if (alias == null) {
                return token;
            }
            addedIds.put(token, id);
            return alias.orElse(token);
        }

        private void collect(String token, int id, boolean control) {
            if (id >= texts.length) {
                throw new CheckpointException(
                        ("%s: token \"%s\" has the id %d, but config.json gives the network a vocab_size of %d; the files do"
                                        + " not belong together")
                                .formatted(file, JsonFile.abbreviate(token), id, texts.length));
            }
            texts[id] = token;
            controlIds.set(id, control);
            vocabularySize = Math.max(vocabularySize, id + 1);
        }

        private void copyMerges() throws IOException {
            out.writeStartArray();
            for (JsonToken token = in.nextToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) {
                boolean pair = token == JsonToken.START_ARRAY;
                int first;
                int end;
                if (pair) {
                    first = append(0, in.nextToken());
                    end = append(first + 1, in.nextToken());
                    merge[first] = ' ';
                    requireEndOf("a merge");
                } else {
                    end = append(0, token);
                    first = spaceIn(0, end);
                }
                if (first < end && leadsToControlToken(first, end)) {
                    continue;
                }
                if (pair && joinMerges && !isJoinable(first, end)) {
                    joinMerges = false;
                    complete = false;
                }
                if (pair && !joinMerges) {
                    out.writeStartArray();
                    out.writeString(merge, 0, first);
                    out.writeString(merge, first + 1, end - first - 1);
                    out.writeEndArray();
                } else {
                    out.writeString(merge, 0, end);
                }
            }
            out.writeEndArray();
        }

        /** Puts the text at hand into the buffer; where it ends there. */
        private int append(int start, JsonToken token) throws IOException {
            if (token != JsonToken.VALUE_STRING) {
                throw damaged("a merge is neither a text nor a pair of them");
            }
            int end = start + in.getTextLength();
            if (end >= merge.length) {
                merge = Arrays.copyOf(merge, 2 * end);
            }
            System.arraycopy(in.getTextCharacters(), in.getTextOffset(), merge, start, end - start);
            return end;
        }

        private int spaceIn(int start, int end) {
            int space = start;
            while (space < end && merge[space] != ' ') {
                space++;
            }
            return space;
        }

        /** Whether the library reads the text as the pair: not as more than two parts, or as a comment. */
        private boolean isJoinable(int first, int end) {
            return spaceIn(0, end) == first
                    && spaceIn(first + 1, end) == end
                    && (merge[0] != '#' || !new String(merge, 0, end).startsWith("#version"));
        }

        /** Such a merge would let text become the token, or names one that has gone. */
        private boolean leadsToControlToken(int first, int end) {
            int second = first + 1;
            if (!prefix.isEmpty()) {
                // the library cuts it off without looking
                if (!new String(merge, second, end - second).startsWith(prefix)) {
                    throw damaged(
                            "the second part of merge \"%s\" should start with \"%s\"",
                            JsonFile.abbreviate(new String(merge, 0, end)), prefix);
                }
                second += prefix.length();
            }
            return hasAlias(0, first, first, first)
                    || hasAlias(first + 1, end, end, end)
                    || hasAlias(0, first, second, end);
        }

        /** Whether two parts of the buffer, one after the other, are the text of a control token. */
        private boolean hasAlias(int start, int end, int start2, int end2) {
            int length = end - start + end2 - start2;
            return controlLengths.get(length)
                    && hasAlias(new StringBuilder(length)
                            .append(merge, start, end - start)
                            .append(merge, start2, end2 - start2)
                            .toString());
        }

        private boolean hasAlias(String content) {
            return aliases.getOrDefault(content, Optional.empty()).isPresent();
        }

        private TokenizerFile finish(JsonFile json, ObjectNode model, Vocabulary vocabulary) throws IOException {
            String unknown = vocabularyIsList
                    ? texts[model.path("unk_id").intValue()]
                    : model.path("unk_token").asText("");
            boolean modelComplete = TokenizerModel.isComplete(json, vocabulary);
            Map<String, ControlToken> controlTokens = new LinkedHashMap<>();
            Set<String> special = new HashSet<>();
            for (JsonNode token : root.path("added_tokens")) {
                String content = token.path("content").textValue();
                JsonNode givenId = token.path("id");
                if (!givenId.isInt() || givenId.intValue() < 0) {
                    throw idDamaged(content, givenId.toString());
                }
                if (content.isEmpty()) {
                    continue;
                }
                // the library goes by the vocabulary, or takes the next, whatever the file says
                int id = addedIds.computeIfAbsent(content, added -> Math.max(entries, highestAddedId + 1));
                highestAddedId = Math.max(highestAddedId, id);
                collect(content, id, aliases.get(content).isPresent());
                if (token.path("special").asBoolean()) {
                    special.add(content);
                }
                aliases.get(content).ifPresent(alias -> {
                    boolean normalized = token.path("normalized").asBoolean();
                    boolean conditional =
                            normalized || token.path("single_word").asBoolean();
                    boolean leading = token.path("lstrip").asBoolean();
                    controlTokens.put(
                            content,
                            new ControlToken(
                                    content,
                                    alias,
                                    normalized,
                                    conditional,
                                    content.equals(unknown),
                                    leading || token.path("rstrip").asBoolean(),
                                    // a word that must stand alone looks at the first character behind it
                                    !conditional && !leading && !isWord(content.codePointAt(0))));
                    ((ObjectNode) token).put("content", alias);
                });
            }
            Optional<TokenFrame> frame = network == Tokenizer.Network.ENCODER
                    ? Optional.of(TokenFrame.of(json, vocabularySize))
                    : Optional.empty();
            aliases.getOrDefault(model.path("unk_token").asText(""), Optional.empty())
                    .ifPresent(alias -> model.put("unk_token", alias));
            root.putNull("truncation").putNull("padding").putNull("post_processor");
            PublishedTokens tokens = new PublishedTokens(
                    Arrays.copyOf(texts, vocabularySize), controlIds, special, root.path("decoder"));
            Set<String> names =
                    controlTokens.values().stream().map(ControlToken::alias).collect(Collectors.toSet());
            CutRules cutRules = CutRules.of(root, vocabulary, modelComplete, names);
            return new TokenizerFile(
                    guardedJson(model),
                    List.copyOf(controlTokens.values()),
                    tokens,
                    tokens.firstId(unknown),
                    cutRules,
                    frame);
        }

        private String guardedJson(ObjectNode model) throws IOException {
            writeFields(model);
            out.writeEndObject();
            root.remove("model");
            writeFields(root);
            out.writeEndObject();
            out.close();
            String json = text.toString();
            // the library would read other texts than these
            if (!Characters.wellFormed(json).equals(json)) {
                throw damaged("it has a text with half a surrogate pair");
            }
            return json;
        }

        private void writeFields(ObjectNode object) throws IOException {
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                out.writeFieldName(field.getKey());
                JsonFile.MAPPER.writeTree(out, field.getValue());
            }
        }
    }

    /**
     * Vocabularies are extended by plain words, single characters, runs of spaces and tags of HTML (Gemma's) as well.
     * Those belong to ordinary text, and taking them from it would change what a model reads.
     */
    private static boolean isControl(String content, boolean special) {
        if (content.isEmpty() || !special && HTML_TAG.matcher(content).matches()) {
            return false;
        }
        boolean words = content.codePoints()
                .allMatch(c -> Character.isLetterOrDigit(c)
                        || Character.isWhitespace(c)
                        // SentencePiece's space
                        || c == '▁'
                        || Character.getType(c) == Character.NON_SPACING_MARK
                        || c == '-'
                        || c == '\'');
        return special || !words && content.codePointCount(0, content.length()) > 1;
    }

    /**
     * Lower-case letters pass every normaliser unchanged. The ends are part of a word where those of the content are,
     * which decides what neighbours that must stand alone ({@code single_word}) see.
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
}

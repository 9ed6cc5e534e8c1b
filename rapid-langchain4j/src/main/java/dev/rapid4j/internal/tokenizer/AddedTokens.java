package dev.rapid4j.internal.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.TorchStartException;
import dev.rapid4j.internal.json.JsonFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Checks what the native library takes on trust in the {@code added_tokens} of a {@code tokenizer.json}. What the
 * {@code normalizer} makes of them is asked of the library itself.
 */
final class AddedTokens {

    private static final String SECTION = "added_tokens";

    /** The library compares each with all before it, which takes seconds. Gemma 3 has 6,415. */
    private static final int MAX_TOKENS = 10_000;

    /** Each byte is a state of an automaton, of up to a kilobyte. */
    private static final int MAX_CHARACTERS = 250;

    private static final int MAX_ALL_CHARACTERS = 4_000_000;

    private static final List<String> FLAGS = List.of("single_word", "lstrip", "rstrip", "normalized", "special");

    private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}+");

    /** Has the form of the aliases that {@link TokenizerFile} draws. */
    private static final String ALIAS = "<abcdefghijklmnopqrstuvwxyzabcdef>";

    private final JsonFile file;
    private final Vocabulary vocabulary;
    private final List<JsonNode> tokens = new ArrayList<>();

    private AddedTokens(JsonFile file, Vocabulary vocabulary) {
        this.file = file;
        this.vocabulary = vocabulary;
        // the library passes over the others
        file.root().path(SECTION).forEach(token -> {
            if (!token.path("content").asText().isEmpty()) {
                tokens.add(token);
            }
        });
    }

    /** @throws CheckpointException if the native library would not survive one, or give it an id of its own */
    static void check(JsonFile file, Vocabulary vocabulary) {
        new AddedTokens(file, vocabulary).check();
    }

    private void check() {
        if (tokens.size() > MAX_TOKENS) {
            throw new CheckpointException("%s: there are %,d added_tokens; supported are %,d"
                    .formatted(file.file(), tokens.size(), MAX_TOKENS));
        }
        long characters = 0;
        for (JsonNode token : tokens) {
            String content = content(token);
            characters += content.length();
            if (content.length() > MAX_CHARACTERS) {
                throw invalid(token, "is too long");
            }
            if (strips(token) && WHITE_SPACE.matcher(content).matches()) {
                throw invalid(token, "is white space and takes in white space around it");
            }
        }
        if (file.has("normalizer") && tokens.stream().anyMatch(AddedTokens::normalized)) {
            characters += checkNormalized();
        }
        if (characters > MAX_ALL_CHARACTERS) {
            throw new CheckpointException("%s: the added_tokens are too long".formatted(file.file()));
        }
        checkIds();
    }

    /**
     * A token that normalises to nothing matches between the bytes of a character; one that comes to be white space and
     * takes in its surroundings goes through all white space before it at each match.
     *
     * @return the characters of all normalised tokens
     */
    private long checkNormalized() {
        long characters = 0;
        try (NativeTokenizer normalizer = normalizer("null");
                NativeTokenizer splitter = normalizer("{\"type\":\"WhitespaceSplit\"}")) {
            int[] letters = ALIAS.chars()
                    .filter(Character::isLetter)
                    .map(letter -> letter - 'a' + 1)
                    .toArray();
            if (!contains(normalizer.encode(ALIAS), letters)) {
                throw file.invalid("normalizer", "it has to leave lower-case letters as they are");
            }
            for (JsonNode token : tokens) {
                if (normalized(token)) {
                    int length = normalizer.encode(content(token)).length;
                    characters += length;
                    if (length == 0) {
                        throw invalid(token, "is nothing after the normalizer");
                    }
                    if (length > 4 * MAX_CHARACTERS) {
                        throw invalid(token, "is too long after the normalizer");
                    }
                    if (strips(token) && splitter.encode(content(token)).length == 0) {
                        throw invalid(token, "is white space after the normalizer and takes in white space around it");
                    }
                }
            }
        }
        return characters;
    }

    /** A tokenizer with the normalizer of the file, to which each character is a token, a letter one of its own. */
    private NativeTokenizer normalizer(String preTokenizer) {
        ObjectNode vocabulary = JsonFile.MAPPER.createObjectNode().put("?", 0);
        for (char letter = 'a'; letter <= 'z'; letter++) {
            vocabulary.put(String.valueOf(letter), letter - 'a' + 1);
        }
        String json =
                "{\"normalizer\":%s,\"pre_tokenizer\":%s,\"model\":{\"type\":\"BPE\",\"unk_token\":\"?\",\"vocab\":%s,\"merges\":[]}}"
                        .formatted(file.root().path("normalizer"), preTokenizer, vocabulary);
        try {
            return new NativeTokenizer(json);
        } catch (TorchStartException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw new CheckpointException(
                    "%s cannot be read by the tokenizers library: %s".formatted(file.file(), e.getMessage()), e);
        }
    }

    private static boolean contains(int[] ids, int[] part) {
        return IntStream.rangeClosed(0, ids.length - part.length)
                .anyMatch(i -> Arrays.equals(ids, i, i + part.length, part, 0, part.length));
    }

    /** A token that is not in the vocabulary gets the next id, whatever the file says. */
    private void checkIds() {
        Map<String, JsonNode> contents = new HashMap<>();
        for (JsonNode token : tokens) {
            JsonNode other = contents.put(content(token), token);
            if (other != null
                    && !FLAGS.stream().allMatch(flag -> token.path(flag).equals(other.path(flag)))) {
                throw invalid(token, "is there twice");
            }
        }
        Map<String, Integer> known = new HashMap<>(vocabulary.addedIds());
        int highest = tokens.stream()
                .mapToInt(token -> token.path("id").asInt())
                .max()
                .orElse(0);
        int next = vocabulary.entries();
        for (JsonNode token : tokens) {
            Integer id = known.get(content(token));
            if (id == null) {
                id = next;
                if (vocabulary.hasId(id) || id > highest) {
                    throw invalid(token, "is not in model.vocab, which leaves no id for it");
                }
            }
            known.put(content(token), id);
            next = Math.max(next, id + 1);
        }
    }

    private CheckpointException invalid(JsonNode token, String what) {
        return new CheckpointException(
                "%s: the added token \"%s\" %s".formatted(file.file(), JsonFile.abbreviate(content(token)), what));
    }

    private static String content(JsonNode token) {
        return token.path("content").asText();
    }

    private static boolean normalized(JsonNode token) {
        return token.path("normalized").asBoolean();
    }

    private static boolean strips(JsonNode token) {
        return token.path("lstrip").asBoolean() || token.path("rstrip").asBoolean();
    }
}

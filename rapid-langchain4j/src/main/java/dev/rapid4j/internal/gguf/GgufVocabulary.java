package dev.rapid4j.internal.gguf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The tokens that a GGUF's metadata lists, without those that stand for nothing.
 *
 * @param tokens by id, ascending
 * @param ids of all of them by their texts
 * @param size one more than the highest id that the file lists
 * @param sentencePiece whether it is SentencePiece's, which has spaces and bytes of its own
 */
record GgufVocabulary(GgufFile file, List<Token> tokens, Map<String, Integer> ids, int size, boolean sentencePiece) {

    static final String TOKENS = "tokenizer.ggml.tokens";
    static final String TYPES = "tokenizer.ggml.token_type";

    static final String START = "tokenizer.ggml.bos_token_id";
    static final String END = "tokenizer.ggml.eos_token_id";
    static final String UNKNOWN = "tokenizer.ggml.unknown_token_id";
    static final String PADDING = "tokenizer.ggml.padding_token_id";
    private static final String END_OF_TURN = "tokenizer.ggml.eot_token_id";
    private static final String END_OF_MESSAGE = "tokenizer.ggml.eom_token_id";

    /** Of all tokens; Gemma 3 has 1.5 million. */
    private static final long MAX_CHARACTERS = 20_000_000;

    /** As many as a {@code tokenizer.json} may have; each takes a hundred bytes there. */
    private static final int MAX_ADDED = 10_000;

    /** What a file writes for an id that it does not have: -1, without its sign. */
    private static final long NO_ID = 0xFFFF_FFFFL;

    /** Of SentencePiece, in files that do not name them. */
    private static final Map<String, Integer> USUAL_IDS = Map.of(UNKNOWN, 0, START, 1, END, 2);

    /**
     * Tokens that end an answer wherever they are, as files often name only one. Llama.cpp goes by the same texts;
     * those by which parts of code are told apart are left out here, as they are in the {@code generation_config.json}
     * of these models.
     */
    private static final Set<String> END_TEXTS = Set.of(
            "<|eot_id|>",
            "<|eom_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<end_of_turn>",
            "<turn|>",
            "<end_of_utterance>",
            "<EOT>",
            "▁<EOT>",
            "[EOT]",
            "<｜end▁of▁sentence｜>");

    /** Where there is this one, {@code <|end|>} ends only a part of an answer. */
    private static final String END_OF_ALL = "<|return|>";

    /** Fills ids that the network has and the vocabulary has not; the types of such differ. */
    private static final Pattern FILLER = Pattern.compile("\\[PAD\\d+]");

    private static final Pattern BRACKETED = Pattern.compile("<.+>|\\[.+]");

    enum Kind {
        /** Made of others by merging. */
        ORDINARY,
        /** Stands for one byte of a character that has no token. */
        BYTE,
        /** Found in a text before all else. */
        ADDED,
        /** One that is not part of any text. */
        CONTROL
    }

    record Token(int id, String text, Kind kind) {}

    /** @param networkSize rows of the network's embedding */
    static GgufVocabulary read(GgufFile file, int networkSize, boolean sentencePiece) {
        List<String> texts = texts(file, networkSize);
        int[] types = file.integers(TYPES);
        if (types.length != texts.size()) {
            throw file.invalid(
                    TYPES,
                    "one for each of the %,d tokens is needed, or control tokens cannot be told from text; take a newer file"
                            .formatted(texts.size()));
        }
        Set<String> all = sentencePiece ? new HashSet<>(texts) : Set.of();
        Set<Integer> named = new HashSet<>();
        for (String key : List.of(START, END, END_OF_TURN, END_OF_MESSAGE, UNKNOWN, PADDING)) {
            id(file, key, texts.size(), sentencePiece).ifPresent(named::add);
        }
        List<Token> tokens = new ArrayList<>();
        int added = 0;
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int id = 0; id < texts.size(); id++) {
            String text = texts.get(id);
            if (isUnused(types[id], text)) {
                continue;
            }
            Kind kind = kind(file, types[id], text, named.contains(id));
            if (sentencePiece && kind == Kind.ADDED && !all.contains(sentencePieceBlanks(text))) {
                text = sentencePieceBlanks(text);
            }
            if ((kind == Kind.ADDED || kind == Kind.CONTROL) && ++added > MAX_ADDED) {
                throw file.invalid(
                        TOKENS, "more than the %,d control tokens that are supported are in it".formatted(MAX_ADDED));
            }
            tokens.add(new Token(id, text, kind));
            Integer other = ids.putIfAbsent(text, id);
            if (other != null) {
                throw file.invalid(
                        TOKENS, "number %,d and %,d of them are the same; download it again".formatted(other, id));
            }
        }
        return new GgufVocabulary(file, List.copyOf(tokens), ids, texts.size(), sentencePiece);
    }

    private static List<String> texts(GgufFile file, int networkSize) {
        List<String> listed = file.texts(TOKENS);
        if (listed.isEmpty()) {
            throw file.invalid(TOKENS, "the texts of the tokens are needed");
        }
        if (listed.size() > networkSize) {
            throw file.invalid(
                    TOKENS,
                    "the network knows %,d tokens; the file is damaged, download it again".formatted(networkSize));
        }
        List<String> texts = new ArrayList<>(listed.size());
        long characters = 0;
        for (String text : listed) {
            characters += text.length();
            if (characters > MAX_CHARACTERS) {
                throw file.invalid(
                        TOKENS, "they have more than the %,d characters supported".formatted(MAX_CHARACTERS));
            }
            texts.add(text);
        }
        return texts;
    }

    /** Converters write a run of spaces as it stands in a text, but merges make it of SentencePiece's spaces. */
    private static String sentencePieceBlanks(String text) {
        return text.chars().allMatch(c -> c == ' ') ? text.replace(' ', '▁') : text;
    }

    private static boolean isUnused(int type, String text) {
        return text.isEmpty()
                || type == 5
                || (type == 2 || type == 4) && FILLER.matcher(text).matches();
    }

    private static Kind kind(GgufFile file, int type, String text, boolean named) {
        boolean control = END_TEXTS.contains(text)
                || looksLikeControl(text)
                || named && BRACKETED.matcher(text).matches();
        return switch (type) {
            case 0, 1 -> control ? Kind.CONTROL : Kind.ORDINARY;
            case 2, 3 -> Kind.CONTROL;
            case 4 -> control ? Kind.CONTROL : Kind.ADDED;
            case 6 -> Kind.BYTE;
            default -> throw file.invalid(TYPES, "numbers from 0 to 6 are needed, there is a %d".formatted(type));
        };
    }

    /** As control tokens do that a file has as any other; older converters wrote such files. */
    private static boolean looksLikeControl(String text) {
        boolean enclosed = text.startsWith("<|") && text.endsWith("|>") || text.startsWith("<｜") && text.endsWith("｜>");
        return enclosed && text.codePoints().anyMatch(Character::isLetter);
    }

    boolean has(String text) {
        return ids.containsKey(text);
    }

    /** The id that a key names, of a token that may stand for nothing. */
    OptionalInt id(String key) {
        return id(file, key, size, sentencePiece);
    }

    private static OptionalInt id(GgufFile file, String key, int size, boolean sentencePiece) {
        Integer usual = sentencePiece ? USUAL_IDS.get(key) : null;
        long id = file.integer(key).orElse(usual != null && usual < size ? usual : NO_ID);
        if (id == NO_ID || id == -1) {
            return OptionalInt.empty();
        }
        if (id < 0 || id >= size) {
            throw file.invalid(key, "an id from 0 to %,d is needed".formatted(size - 1));
        }
        return OptionalInt.of((int) id);
    }

    /** The tokens that end an answer. */
    Set<Integer> ends() {
        Set<Integer> ends = new TreeSet<>();
        for (String key : List.of(END, END_OF_TURN, END_OF_MESSAGE)) {
            id(key).ifPresent(ends::add);
        }
        for (String text : END_TEXTS) {
            if (has(text) && !(text.equals("<|end|>") && has(END_OF_ALL))) {
                ends.add(ids.get(text));
            }
        }
        return ends;
    }
}

package dev.rapid4j.internal.tokenizer;

import static dev.rapid4j.internal.tokenizer.PublishedExpression.CJK;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.DEEPSEEK_3;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.GPT_2;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.GPT_4O;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.KIMI_K2;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.LLAMA_3;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.MINICPM_5;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.QWEN_2;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.QWEN_3_5;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.SEED_CODER;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.TEKKEN;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.THREE_DIGITS;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.YOUTU;
import static dev.rapid4j.internal.tokenizer.PublishedExpression.YOUTU_SCRIPTS;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Where a text may be cut in two so that the tokens of the parts are those of the whole, for one
 * {@code tokenizer.json}.
 *
 * <p>There are two kinds of place. At a <i>cut</i> two words meet whatever surrounds them: a letter and the space
 * behind it, say, which no expression of {@link #EXPRESSIONS} takes together. Inside a <i>stretch</i>, such as a
 * million letters without a space, there is no such place; there two pieces that overlap are joined, see
 * {@link PieceEncoder}. A stretch is one word, or one run of words of equal kind, wherever in it one starts to read.
 *
 * @param prefixed whether the library puts a space before what it is given, unless it starts with one
 * @param joinable whether tokens are made by merging pairs (BPE), so that pieces can be joined
 * @param blanksVanish whether white space only separates words, however much of it there is
 * @param longestToken characters of the longest token, or more
 */
record CutRules(Layout layout, boolean prefixed, boolean joinable, boolean blanksVanish, int longestToken) {

    /** How a text becomes the words that are made tokens one by one. */
    enum Layout {
        /** All of it is one word, as SentencePiece has it. */
        ONE_WORD,
        /** By white space. */
        WHITE_SPACE,
        /** By one of {@link #EXPRESSIONS}. */
        EXPRESSION,
        /** Unknown: no place is known to be safe. */
        OTHER
    }

    /**
     * A stretch of a text up to a place where the text is cut.
     *
     * @param start where it starts, or where it is certain to have started
     * @param end the place of the cut
     * @param step reading may start only at multiples of this from the start
     * @param behindNewline whether reading may start only behind a newline
     */
    record Stretch(int start, int end, int step, boolean behindNewline) {

        boolean mayStartAt(CharSequence text, int position) {
            return position > start + 1
                    && (position - start) % step == 0
                    && (!behindNewline || text.charAt(position - 1) == '\n');
        }
    }

    /** Digits are taken one, two, three or all at once. */
    private static final int DIGIT_STEP = 12;

    private static final int ZERO_WIDTH_JOINER = 0x200D;

    /**
     * The expressions, in the order in which they are applied, that take text apart like this: letters end before white
     * space, punctuation that is no apostrophe, and digits; digits before all of these and letters; punctuation before
     * a space. A run of letters of one kind, of one character, of punctuation or of white space is one word, or words
     * of one length, from wherever it is read.
     */
    static final Set<List<PublishedExpression>> EXPRESSIONS = Set.of(
            List.of(GPT_2),
            List.of(LLAMA_3),
            List.of(QWEN_2),
            List.of(QWEN_3_5),
            List.of(SEED_CODER),
            List.of(GPT_4O),
            List.of(TEKKEN),
            List.of(YOUTU_SCRIPTS, YOUTU),
            List.of(KIMI_K2),
            List.of(THREE_DIGITS, MINICPM_5),
            List.of(THREE_DIGITS, CJK, DEEPSEEK_3));

    private static final Set<String> NORMALIZERS =
            Set.of("NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "StripAccents", "BertNormalizer", "Precompiled");

    /** Of these, those that make a letter of a letter; others leave marks behind it. */
    private static final Set<String> COMPOSING = Set.of("NFC", "NFKC");

    /** Letters that NFKC takes apart in a letter or space and something else. */
    private static final String COMPOUNDS = "\u013F\u0140\u037A";

    /** Letters of these neither start what a mark in front of them begins nor join with what follows. */
    private static final Set<UnicodeScript> SCRIPTS = EnumSet.of(
            UnicodeScript.LATIN,
            UnicodeScript.GREEK,
            UnicodeScript.CYRILLIC,
            UnicodeScript.HEBREW,
            UnicodeScript.ARABIC,
            UnicodeScript.HAN,
            UnicodeScript.HIRAGANA,
            UnicodeScript.KATAKANA,
            UnicodeScript.HANGUL);

    private static final String PUNCTUATION = ".,:;!?。，、！？：；";

    private static final CutRules NONE = new CutRules(Layout.OTHER, false, false, false, 1);

    /**
     * @param root a tokenizer, as the library is given it, but for vocabulary and merges
     * @param complete whether each character becomes a token; the library tells a false place of what is behind one
     *     that does not
     * @param aliases the names of its control tokens, next to which nothing is cut
     */
    static CutRules of(JsonNode root, Vocabulary vocabulary, boolean complete, Set<String> aliases) {
        List<JsonNode> normalizers = flat(root.path("normalizer"), "normalizers");
        List<JsonNode> splitters = flat(root.path("pre_tokenizer"), "pretokenizers");
        JsonNode model = root.path("model");
        boolean bpe = vocabulary.isMerged()
                && model.path("continuing_subword_prefix").asText("").isEmpty()
                && model.path("end_of_word_suffix").asText("").isEmpty();
        boolean spacesReplaced = normalizers.stream().anyMatch(part -> replaces(part, " "));
        if (!normalizers.stream().allMatch(CutRules::isLocal)) {
            return NONE;
        }
        Layout layout = layout(splitters, spacesReplaced);
        if (!normalizers.stream().allMatch(part -> fits(part, layout)) || layout == Layout.ONE_WORD && !bpe) {
            return NONE;
        }
        boolean prefixed = normalizers.stream().anyMatch(part -> isType(part, "Prepend"))
                || splitters.stream()
                        .anyMatch(part -> isType(part, "Metaspace")
                                || isType(part, "ByteLevel")
                                        && part.path("add_prefix_space").asBoolean(true));
        CutRules rules = new CutRules(
                layout,
                prefixed,
                bpe && complete,
                !spacesReplaced && !splitters.isEmpty() && vanishes(splitters.get(0)),
                longestToken(root, vocabulary));
        return rules.fitAddedTokens(root.path("added_tokens"), aliases) ? rules : NONE;
    }

    private static List<JsonNode> flat(JsonNode part, String members) {
        List<JsonNode> parts = new ArrayList<>();
        if (isType(part, "Sequence")) {
            part.path(members).forEach(member -> parts.addAll(flat(member, members)));
        } else if (part.isObject()) {
            parts.add(part);
        }
        return parts;
    }

    private static boolean isType(JsonNode part, String type) {
        return part.path("type").asText().equals(type);
    }

    private static boolean replaces(JsonNode part, String character) {
        return isType(part, "Replace")
                && part.path("pattern").path("String").asText().equals(character);
    }

    private static boolean isByCharacter(JsonNode part) {
        return isType(part, "Prepend")
                || isType(part, "Replace")
                        && part.path("pattern").path("String").asText().length() == 1;
    }

    /** Whether what a part of the normalizer does to a character does not depend on what is further away. */
    private static boolean isLocal(JsonNode part) {
        return isByCharacter(part)
                || NORMALIZERS.contains(part.path("type").asText())
                || isType(part, "Replace")
                        && part.path("pattern").path("Regex").asText().equals(" {2,}");
    }

    /**
     * Whether the text that a part of the normalizer makes may be cut where the text it is given may: what is put in
     * front of each piece, or in the place of spaces and letters, may make one word of two.
     */
    private static boolean fits(JsonNode part, Layout layout) {
        String type = part.path("type").asText();
        String content = part.path("content").asText();
        return switch (layout) {
            case ONE_WORD -> isByCharacter(part);
            case WHITE_SPACE ->
                !type.equals("Prepend") && (!type.equals("Replace") || content.equals("▁") || content.equals(" "));
            case EXPRESSION -> COMPOSING.contains(type);
            case OTHER -> true;
        };
    }

    private static Layout layout(List<JsonNode> splitters, boolean spacesReplaced) {
        boolean whole = splitters.stream()
                .allMatch(part -> isType(part, "Metaspace")
                                && !part.path("split").asBoolean(true)
                        || isType(part, "Split")
                                && spacesReplaced
                                && part.path("pattern").path("String").asText().equals(" "));
        if (whole) {
            return Layout.ONE_WORD;
        }
        if (splitters.stream().allMatch(CutRules::splitsAtWhiteSpace)
                && !(spacesReplaced && splitters.stream().allMatch(CutRules::vanishes))) {
            return Layout.WHITE_SPACE;
        }
        return isExpression(splitters) ? Layout.EXPRESSION : Layout.OTHER;
    }

    /** One of the {@link #EXPRESSIONS}, or GPT-2's, which the library has built in. */
    private static boolean isExpression(List<JsonNode> splitters) {
        JsonNode last = splitters.get(splitters.size() - 1);
        List<JsonNode> before = splitters.subList(0, splitters.size() - 1);
        if (!isType(last, "ByteLevel")) {
            return false;
        }
        if (usesExpression(last)) {
            return before.stream().allMatch(part -> isType(part, "Digits"));
        }
        return before.stream().allMatch(part -> published(part).isPresent())
                && EXPRESSIONS.contains(
                        before.stream().map(part -> published(part).get()).toList());
    }

    private static boolean usesExpression(JsonNode part) {
        return isType(part, "ByteLevel") && part.path("use_regex").asBoolean(true);
    }

    /** The expression of a part that makes words of its matches and of what is between them. */
    private static Optional<PublishedExpression> published(JsonNode part) {
        boolean inverted = part.path("invert").asBoolean();
        return isType(part, "Split") && part.path("behavior").asText().equals(inverted ? "Removed" : "Isolated")
                ? PublishedExpression.of(part.path("pattern").path("Regex").asText())
                : Optional.empty();
    }

    private static boolean splitsAtWhiteSpace(JsonNode part) {
        return isType(part, "Metaspace") && part.path("split").asBoolean(true) || vanishes(part);
    }

    private static boolean vanishes(JsonNode part) {
        return isType(part, "WhitespaceSplit") || isType(part, "BertPreTokenizer");
    }

    private static int longestToken(JsonNode root, Vocabulary vocabulary) {
        int longest = Math.max(1, vocabulary.longest());
        for (JsonNode added : root.path("added_tokens")) {
            longest = Math.max(longest, added.path("content").asText().length());
        }
        return longest;
    }

    /** Added tokens are found before anything else, also across a cut. */
    private boolean fitAddedTokens(JsonNode tokens, Set<String> aliases) {
        for (JsonNode token : tokens) {
            String content = token.path("content").asText();
            if (aliases.contains(content)) {
                continue;
            }
            if (token.path("single_word").asBoolean()
                    || token.path("lstrip").asBoolean()
                    || token.path("rstrip").asBoolean()
                    || IntStream.range(1, content.length()).anyMatch(i -> isCut(content, i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether the text in front of a position and the text behind it have the tokens of both together. */
    boolean isCut(CharSequence text, int position) {
        char next = text.charAt(position);
        if (layout == Layout.OTHER || layout == Layout.ONE_WORD) {
            return false;
        }
        if (blanksVanish && (next == ' ' || next == '\n')) {
            return true;
        }
        int last = Character.codePointBefore(text, position);
        if (layout != Layout.EXPRESSION || prefixed) {
            return next == ' ' && isLetter(last);
        }
        if (isLetter(last) || isDigit(last)) {
            return next == ' '
                    || next == '\n'
                    || PUNCTUATION.indexOf(next) >= 0
                    || isDigit(next) && !isDigit(last)
                    || isLetter(next) && isDigit(last);
        }
        return next == ' ' && isPunctuation(last);
    }

    /**
     * The stretch of a text that ends at a position, or a little before it; empty if there is none.
     *
     * @param from where the reading of the text has begun: behind a cut, or within a stretch
     */
    Optional<Stretch> stretch(CharSequence text, int from, int position) {
        if (!joinable || layout == Layout.OTHER) {
            return Optional.empty();
        }
        if (layout == Layout.ONE_WORD) {
            return Optional.of(new Stretch(from, position, 1, false));
        }
        int last = Character.codePointBefore(text, position);
        if (layout == Layout.WHITE_SPACE) {
            return alike(text, from, position, c -> !isBlank(c) && c != '▁');
        }
        if (isBlank(last)) {
            return blanks(text, from, position);
        }
        if (isNumeral(last)) {
            int start = startOf(text, from, position, CutRules::isNumeral);
            boolean digits = IntStream.range(start, position).map(text::charAt).allMatch(CutRules::isDigit);
            return digits ? Optional.of(new Stretch(start, position, DIGIT_STEP, false)) : Optional.empty();
        }
        int type = Character.getType(last);
        if (isLetter(last)) {
            return alike(text, from, position, c -> isLetter(c) && Character.getType(c) == type);
        }
        return alike(text, from, position, isSymbol(last) ? CutRules::isSymbol : c -> c == last);
    }

    private static Optional<Stretch> alike(CharSequence text, int from, int position, IntPredicate kind) {
        return Optional.of(new Stretch(startOf(text, from, position, kind), position, 1, false));
    }

    /**
     * A run of white space is one word up to its last newline, so that of one with newlines and other characters only
     * what ends in a newline is the same wherever the run is cut.
     */
    private static Optional<Stretch> blanks(CharSequence text, int from, int position) {
        int start = startOf(text, from, position, CutRules::isBlank);
        char first = text.charAt(start);
        if (IntStream.range(start, position).map(text::charAt).allMatch(c -> c == first)) {
            return Optional.of(new Stretch(start, position, 1, false));
        }
        int end = position;
        while (end > start && text.charAt(end - 1) != '\n') {
            end--;
        }
        return end > start ? Optional.of(new Stretch(start, end, 1, true)) : Optional.empty();
    }

    private static int startOf(CharSequence text, int from, int position, IntPredicate kind) {
        int start = position;
        while (start > from && kind.test(Character.codePointBefore(text, start))) {
            start -= Character.charCount(Character.codePointBefore(text, start));
        }
        return Math.max(start, from);
    }

    private static boolean isLetter(int c) {
        return Character.isLetter(c)
                && c < 0xD7A4
                && COMPOUNDS.indexOf(c) < 0
                && !(c >= 0x1100 && c < 0x1200)
                && !(c >= 0xA960 && c < 0xA980)
                && SCRIPTS.contains(UnicodeScript.of(c));
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNumeral(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    /** What {@code \\s} means in an expression. */
    private static boolean isBlank(int c) {
        return c >= '\t' && c <= '\r' || c == 0x85 || Character.isSpaceChar(c);
    }

    /** Emoji are joined by a character that is no punctuation. */
    private static boolean isSymbol(int c) {
        return c == ZERO_WIDTH_JOINER || isPunctuation(c);
    }

    private static boolean isPunctuation(int c) {
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION,
                    Character.MATH_SYMBOL,
                    Character.CURRENCY_SYMBOL,
                    Character.MODIFIER_SYMBOL,
                    Character.OTHER_SYMBOL -> c != '\'';
            default -> false;
        };
    }
}

package dev.rapid4j.checkpoint;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import dev.rapid4j.checkpoint.TokenizerFile.ControlToken;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Text to token ids and back, as the checkpoint's {@code tokenizer.json} has it, except that text from users and
 * documents can never become a control token: it goes through a {@linkplain TokenizerFile twin} that does not know them
 * by their names.
 *
 * <p><i>Control tokens</i> are the added tokens, special or not ({@code <|im_end|>}, {@code </s>}, {@code <think>}),
 * but for those not marked special that are plain words, single characters or white space. Safe to use from several
 * threads. Text that is not valid UTF-16 is read with U+FFFD in the place of what is invalid.
 */
public final class Tokenizer implements AutoCloseable {

    private final Path file;
    private final NativeTokenizer guarded;
    private final PublishedTokens tokens;
    private final Optional<TokenFrame> frame;
    private final Map<String, ControlToken> controlTokens = new HashMap<>();
    private final Map<ControlToken, Integer> controlIds = new HashMap<>();
    private final BitSet addedTokens = new BitSet();
    private final BitSet specialTokens = new BitSet();
    private final BitSet countedTokens = new BitSet();
    private final Pattern literalTokens;
    private final Pattern normalizedTokens;

    /** A place in a text where the template put a control token. */
    private record Match(int start, int end, ControlToken token) {}

    private Tokenizer(Path file, TokenizerFile json) {
        this.file = file;
        tokens = json.tokens();
        frame = json.frame();
        literalTokens = anyOf(json.controlTokens(), token -> !token.normalized());
        normalizedTokens = anyOf(json.controlTokens(), ControlToken::normalized);
        guarded = load(file, json.guardedJson());
        try {
            json.controlTokens().forEach(this::register);
            specialTokens.or(addedTokens);
            json.unknownId().ifPresent(specialTokens::set);
            frame.stream().flatMapToInt(TokenFrame::ids).forEach(specialTokens::set);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    static Tokenizer open(Path file, int modelVocabularySize, CheckpointKind kind) {
        NativeTokenizer.prepare();
        return new Tokenizer(file, TokenizerFile.read(file, modelVocabularySize, kind));
    }

    private static NativeTokenizer load(Path file, String json) {
        try {
            return new NativeTokenizer(json);
        } catch (RuntimeException | LinkageError e) {
            throw new CheckpointException(
                    "%s cannot be read by the tokenizers library: %s".formatted(file, e.getMessage()), e);
        }
    }

    private void register(ControlToken token) {
        int[] ids = guarded.encode(token.alias());
        if (ids.length != 1) {
            throw new CheckpointException(
                    "%s: the added token %s cannot be kept apart from ordinary text".formatted(file, token.content()));
        }
        controlTokens.put(token.content(), token);
        controlIds.put(token, ids[0]);
        addedTokens.set(ids[0]);
        if (!token.unknown()) {
            countedTokens.set(ids[0]);
        }
    }

    /** The longest text first, so that the alternatives are tried as the tokenizers library does. */
    private static Pattern anyOf(List<ControlToken> tokens, Predicate<ControlToken> which) {
        return Pattern.compile(tokens.stream()
                .filter(which)
                .map(ControlToken::content)
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(Pattern::quote)
                // a pattern that never matches, where there is no such token
                .collect(Collectors.collectingAndThen(
                        Collectors.joining("|"), regex -> regex.isEmpty() ? "(?!)" : regex)));
    }

    /** One more than the highest id; the network's vocabulary may be larger, padded to a round number. */
    public int vocabularySize() {
        return tokens.size();
    }

    /** Whether both have the same tokens under the same ids, so that one network can draft for the other. */
    public boolean hasSameVocabulary(Tokenizer other) {
        return tokens.sameAs(other.tokens);
    }

    /** The ids of a text from a user or a document: no control token among them, and no start token added. */
    public int[] encode(String text) {
        return encode(text, List.of());
    }

    /**
     * The ids of a rendered prompt: what transformers makes of the joined text with {@code add_special_tokens=False},
     * but that control tokens come only from text that is trusted from its first character to its last.
     */
    public int[] encode(List<TextSpan> spans) {
        String text = spans.stream().map(TextSpan::text).collect(Collectors.joining());
        List<Match> matches = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < spans.size(); ) {
            boolean trusted = spans.get(i).trusted();
            int end = start;
            while (i < spans.size() && spans.get(i).trusted() == trusted) {
                end += spans.get(i++).text().length();
            }
            if (trusted) {
                findControlTokens(text, start, end, matches);
            }
            start = end;
        }
        return encode(text, matches);
    }

    /** The library, too, looks for tokens in the text as it stands first, and for the others in what is left. */
    private void findControlTokens(String text, int start, int end, List<Match> matches) {
        Matcher literal = literalTokens.matcher(text).region(start, end);
        int from = start;
        while (literal.find()) {
            addMatches(normalizedTokens.matcher(text).region(from, literal.start()), matches);
            matches.add(match(literal));
            from = literal.end();
        }
        addMatches(normalizedTokens.matcher(text).region(from, end), matches);
    }

    private void addMatches(Matcher matcher, List<Match> matches) {
        while (matcher.find()) {
            matches.add(match(matcher));
        }
    }

    private Match match(Matcher matcher) {
        return new Match(matcher.start(), matcher.end(), controlTokens.get(matcher.group()));
    }

    private int[] encode(String text, List<Match> matches) {
        StringBuilder aliased = new StringBuilder(text.length() + 64);
        int[] aliasStarts = new int[matches.size()];
        int from = 0;
        for (int i = 0; i < matches.size(); i++) {
            Match match = matches.get(i);
            aliased.append(text, from, match.start());
            aliasStarts[i] = aliased.length();
            aliased.append(match.token().alias());
            from = match.end();
        }
        String guardedText = aliased.append(text, from, text.length()).toString();
        int[] ids = guarded.encode(guardedText);
        boolean exact = hasExactly(matches, ids);
        if (exact
                && matches.stream()
                        .noneMatch(match ->
                                match.token().unknown() && match.token().conditional())) {
            return ids;
        }
        List<Match> taken = takenByLibrary(matches, aliasStarts, guardedText, ids);
        if (taken.size() < matches.size()) {
            return encode(text, taken);
        }
        if (!exact) {
            throw new IllegalStateException(
                    file + ": the control tokens of a prompt did not come out as the template put them in");
        }
        return ids;
    }

    /**
     * Whether the control tokens came out as they were put in; the unknown one apart, which other text becomes, too.
     */
    private boolean hasExactly(List<Match> matches, int[] ids) {
        int[] expected = matches.stream()
                .filter(match -> !match.token().unknown())
                .mapToInt(match -> controlIds.get(match.token()))
                .toArray();
        int found = 0;
        for (int id : ids) {
            if (countedTokens.get(id) && (found == expected.length || expected[found++] != id)) {
                return false;
            }
        }
        return found == expected.length;
    }

    /**
     * The matches without those that the library does not take for a token where they stand (inside a word, for
     * instance). Their text is ordinary text then, as it is in transformers.
     */
    private List<Match> takenByLibrary(List<Match> matches, int[] aliasStarts, String guardedText, int[] ids) {
        CharSpan[] spans = guarded.spans(guardedText);
        BitSet controlled = new BitSet();
        for (int i = 0; i < ids.length; i++) {
            if (addedTokens.get(ids[i]) && spans[i] != null) {
                controlled.set(spans[i].getStart(), spans[i].getEnd());
            }
        }
        List<Match> taken = new ArrayList<>();
        int codePoints = 0;
        int from = 0;
        for (int i = 0; i < aliasStarts.length; i++) {
            codePoints += guardedText.codePointCount(from, aliasStarts[i]);
            from = aliasStarts[i];
            // one in from the border, which a neighbour that strips white space may claim
            if (!matches.get(i).token().conditional() || controlled.get(codePoints + 1)) {
                taken.add(matches.get(i));
            }
        }
        return taken;
    }

    /**
     * The text of ids, with the white space they stand for ({@code clean_up_tokenization_spaces=False}). Ids that no
     * token has, which a padded vocabulary allows, stand for nothing.
     *
     * @param skipControlTokens whether tokens marked special are left out; others, such as {@code <think>}, stay. The
     *     tokenizer of an {@link EncoderCheckpoint} leaves them out in any case
     */
    public String decode(int[] ids, boolean skipControlTokens) {
        for (int id : ids) {
            if (id < 0) {
                throw new IllegalArgumentException("a token id is never negative, this is " + id);
            }
        }
        if (ids.length == 0) {
            return "";
        }
        boolean skip = skipControlTokens || frame.isPresent();
        if (!tokens.showsControlToken(ids, skip)) {
            return guarded.decode(ids, skip);
        }
        guarded.requireOpen();
        return tokens.decode(ids, skip);
    }

    /** How many tokens a text from a user or a document has. */
    public int count(String text) {
        return encode(text).length;
    }

    /**
     * What an encoder reads for a text from a user or a document: its tokens, no control token among them, with the
     * start and end token of the checkpoint around them.
     *
     * @param maxTokens most ids, start and end token included; of a longer text the first are kept, as transformers and
     *     sentence-transformers do
     * @throws IllegalArgumentException if {@code maxTokens} leaves no room for a text
     * @throws IllegalStateException if this is not the tokenizer of an {@link EncoderCheckpoint}
     */
    public EncoderInput encodeForEncoder(String text, int maxTokens) {
        TokenFrame around =
                frame.orElseThrow(() -> new IllegalStateException(file + " was not opened for a text encoder"));
        if (maxTokens <= around.size()) {
            throw new IllegalArgumentException("%d tokens leave no room for a text, which has %d tokens around it"
                    .formatted(maxTokens, around.size()));
        }
        return around.around(encode(text), maxTokens);
    }

    /**
     * Whether an id stands for no part of a text that could be told from others: start, end, padding and other control
     * tokens, and the unknown token.
     */
    public boolean isSpecial(int id) {
        return id >= 0 && specialTokens.get(id);
    }

    /** Whether an id is that of a control token. */
    public boolean isAddedToken(int id) {
        return id >= 0 && addedTokens.get(id);
    }

    /** Frees the native memory; after that every use throws {@link IllegalStateException}. */
    @Override
    public void close() {
        guarded.close();
    }
}

package dev.rapid4j.internal.tokenizer;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.tokenizer.TokenSearch.Match;
import dev.rapid4j.internal.tokenizer.TokenizerFile.ControlToken;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final PieceEncoder pieces;
    /** Whether white space around a control token may become part of it. */
    private final boolean stripping;

    private final Optional<TokenFrame> frame;
    private final Map<String, ControlToken> controlTokens = new HashMap<>();
    private final Map<ControlToken, Integer> controlIds = new HashMap<>();
    private final BitSet addedTokens = new BitSet();
    private final BitSet specialTokens = new BitSet();
    private final BitSet countedTokens = new BitSet();
    private final TokenSearch literalTokens;
    private final TokenSearch normalizedTokens;

    private Tokenizer(Path file, TokenizerFile json) {
        this.file = file;
        tokens = json.tokens();
        frame = json.frame();
        literalTokens = new TokenSearch(json.controlTokens(), token -> !token.normalized());
        normalizedTokens = new TokenSearch(json.controlTokens(), ControlToken::normalized);
        guarded = load(file, json.guardedJson());
        pieces = new PieceEncoder(guarded, json.cutRules());
        stripping = json.controlTokens().stream().anyMatch(ControlToken::stripping);
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

    /** What reads the tokens: an encoder needs the control tokens that {@code tokenizer.json} puts around a text. */
    public enum Network {
        DECODER,
        ENCODER
    }

    public static Tokenizer open(Path file, int modelVocabularySize, Network network) {
        NativeTokenizer.prepare();
        return new Tokenizer(file, TokenizerFile.read(file, modelVocabularySize, network));
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

    /** One more than the highest id; the network's vocabulary may be larger, padded to a round number. */
    public int vocabularySize() {
        return tokens.size();
    }

    /** Whether both have the same tokens under the same ids, so that one network can draft for the other. */
    public boolean hasSameVocabulary(Tokenizer other) {
        return tokens.sameAs(other.tokens);
    }

    /**
     * The ids of a text from a user or a document: no control token among them, and no start token added.
     *
     * @throws UnreadableTextException if the text has half a million characters or more between which it cannot be cut
     */
    public int[] encode(String text) {
        return encode(text, () -> {});
    }

    /**
     * As {@link #encode(String)}, for texts that may be long.
     *
     * @param step called after every few thousand characters; what it throws ends the work
     */
    public int[] encode(String text, Runnable step) {
        return pieces.encode(text, false, Integer.MAX_VALUE, step).ids();
    }

    /**
     * The ids of a rendered prompt: what transformers makes of the joined text with {@code add_special_tokens=False},
     * but that control tokens come only from text that is trusted from its first character to its last.
     *
     * @param step called after every few thousand characters; what it throws ends the work
     * @throws UnreadableTextException if the text has half a million characters or more between which it cannot be cut
     */
    public int[] encode(List<TextSpan> spans, Runnable step) {
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
        return encode(text, matches, step);
    }

    /** As {@link #encode(List, Runnable)}. */
    public int[] encode(List<TextSpan> spans) {
        return encode(spans, () -> {});
    }

    /** The library, too, looks for tokens in the text as it stands first, and for the others in what is left. */
    private void findControlTokens(String text, int start, int end, List<Match> matches) {
        int from = start;
        for (Match match : literalTokens.find(text, start, end)) {
            matches.addAll(normalizedTokens.find(text, from, match.start()));
            matches.add(match);
            from = match.end();
        }
        matches.addAll(normalizedTokens.find(text, from, end));
    }

    private int[] encode(String text, List<Match> matches, Runnable step) {
        StringBuilder aliased = new StringBuilder(text.length() + 64);
        int[] zones = new int[2 * matches.size()];
        BitSet cuts = new BitSet();
        int from = 0;
        for (int i = 0; i < matches.size(); i++) {
            Match match = matches.get(i);
            aliased.append(text, from, match.start());
            zones[2 * i] = aliased.length();
            cuts.set(aliased.length(), match.token().separating());
            aliased.append(match.token().alias());
            zones[2 * i + 1] = aliased.length();
            from = match.end();
        }
        String guardedText = aliased.append(text, from, text.length()).toString();
        int[] uncut = stripping ? withWhiteSpace(guardedText, zones) : zones;
        int[] ids = pieces.encode(guardedText, uncut, cuts, false, Integer.MAX_VALUE, step)
                .ids();
        boolean exact = hasExactly(matches, ids);
        if (exact
                && matches.stream()
                        .noneMatch(match ->
                                match.token().unknown() && match.token().conditional())) {
            return ids;
        }
        List<Match> taken =
                takenByLibrary(matches, zones, pieces.encode(guardedText, uncut, cuts, true, Integer.MAX_VALUE, step));
        if (taken.size() < matches.size()) {
            return encode(text, taken, step);
        }
        if (!exact) {
            throw new CheckpointException(file
                    + ": the control tokens of a prompt do not come out as the chat template puts them in; its normalizer,"
                    + " pre_tokenizer or added_tokens change them");
        }
        return ids;
    }

    /** The zones with the white space around them. */
    private static int[] withWhiteSpace(String text, int[] zones) {
        int[] wider = zones.clone();
        for (int i = 0; i < zones.length; i += 2) {
            while (wider[i] > 0 && Characters.isSpace(text.charAt(wider[i] - 1))) {
                wider[i]--;
            }
            while (wider[i + 1] < text.length() && Characters.isSpace(text.charAt(wider[i + 1]))) {
                wider[i + 1]++;
            }
        }
        return wider;
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
    private List<Match> takenByLibrary(List<Match> matches, int[] zones, PieceEncoder.Tokens tokens) {
        BitSet controlled = new BitSet();
        for (int i = 0; i < tokens.size(); i++) {
            if (addedTokens.get(tokens.id(i)) && tokens.start(i) >= 0 && tokens.start(i) < tokens.end(i)) {
                controlled.set(tokens.start(i), tokens.end(i));
            }
        }
        List<Match> taken = new ArrayList<>();
        for (int i = 0; i < matches.size(); i++) {
            // one in from the border, which a neighbour that strips white space may claim
            if (!matches.get(i).token().conditional() || controlled.get(zones[2 * i] + 1)) {
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

    /**
     * How many tokens a text from a user or a document has.
     *
     * @param step called after every few thousand characters; what it throws ends the work
     * @throws UnreadableTextException if the text has half a million characters or more between which it cannot be cut
     */
    public int count(String text, Runnable step) {
        return pieces.encode(text, false, Integer.MAX_VALUE, step).size();
    }

    /** As {@link #count(String, Runnable)}. */
    public int count(String text) {
        return count(text, () -> {});
    }

    /**
     * What an encoder reads for a text from a user or a document: its tokens, no control token among them, with the
     * start and end token of the checkpoint around them.
     *
     * @param maxTokens most ids, start and end token included; of a longer text the first are kept, as transformers and
     *     sentence-transformers do, and of half a million characters that cannot be cut nothing behind them
     * @param step called after every few thousand characters; what it throws ends the work
     * @throws IllegalArgumentException if {@code maxTokens} leaves no room for a text
     * @throws IllegalStateException if this is not the tokenizer of an {@link EncoderCheckpoint}
     */
    public EncoderInput encodeForEncoder(String text, int maxTokens, Runnable step) {
        TokenFrame around =
                frame.orElseThrow(() -> new IllegalStateException(file + " was not opened for a text encoder"));
        if (maxTokens <= around.size()) {
            throw new IllegalArgumentException("%d tokens leave no room for a text, which has %d tokens around it"
                    .formatted(maxTokens, around.size()));
        }
        // one more than there is room for tells whether the text is cut
        PieceEncoder.Tokens tokens = pieces.encode(text, false, maxTokens + 1, step);
        return around.around(tokens.ids(), tokens.complete(), maxTokens);
    }

    /** As {@link #encodeForEncoder(String, int, Runnable)}. */
    public EncoderInput encodeForEncoder(String text, int maxTokens) {
        return encodeForEncoder(text, maxTokens, () -> {});
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

package dev.rapid4j.internal.tokenizer;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.TorchStartException;
import dev.rapid4j.internal.json.JsonText;
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

/**
 * Text to token ids and back, as the checkpoint's {@code tokenizer.json} has it, except that text from users and
 * documents can never become a control token: it goes through a {@linkplain TokenizerFile twin} that does not know them
 * by their names.
 *
 * <p><i>Control tokens</i> are the added tokens, special or not ({@code <|im_end|>}, {@code </s>}, {@code <think>}),
 * but for those not marked special that are plain words, single characters, white space or tags of HTML. Safe to use
 * from several threads. Text that is not valid UTF-16 is read with U+FFFD in the place of what is invalid.
 */
public final class Tokenizer implements AutoCloseable {

    /** Of some documents with 100,000 tokens. */
    private static final long REMEMBERED_BYTES = 64L << 20;

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
        // what an encoder reads is rarely read twice
        pieces = new PieceEncoder(guarded, json.cutRules(), new RecentPieces(frame.isPresent() ? 0 : REMEMBERED_BYTES));
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

    /** @param json what a {@code tokenizer.json} holds, made of a file of another kind */
    public static Tokenizer open(JsonText json, int modelVocabularySize, Network network) {
        NativeTokenizer.prepare();
        return new Tokenizer(json.file(), TokenizerFile.read(json, modelVocabularySize, network));
    }

    private static NativeTokenizer load(Path file, String json) {
        try {
            return new NativeTokenizer(json);
        } catch (TorchStartException e) {
            throw e;
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
        return encodeParts(parts(spans), false, step).ids();
    }

    /** As {@link #encode(List, Runnable)}, with the place of each token in the joined text. */
    public PlacedTokens encodeWithPlaces(List<TextSpan> spans, Runnable step) {
        return encodeParts(parts(spans), true, step);
    }

    private List<Part> parts(List<TextSpan> spans) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < spans.size(); ) {
            TextSpan span = spans.get(i++);
            if (!span.trusted()) {
                parts.add(new Part(span.text(), List.of()));
                continue;
            }
            StringBuilder trusted = new StringBuilder(span.text());
            while (i < spans.size() && spans.get(i).trusted()) {
                trusted.append(spans.get(i++).text());
            }
            parts.add(trusted(trusted.toString()));
        }
        return parts;
    }

    /** As {@link #encode(List, Runnable)}. */
    public int[] encode(List<TextSpan> spans) {
        return encode(spans, () -> {});
    }

    /** @param matches the control tokens in it, in order */
    private record Part(String text, List<Match> matches) {}

    /** The library, too, looks for tokens in the text as it stands first, and for the others in what is left. */
    private Part trusted(String text) {
        List<Match> matches = new ArrayList<>();
        int from = 0;
        for (Match match : literalTokens.find(text, 0, text.length())) {
            matches.addAll(normalizedTokens.find(text, from, match.start()));
            matches.add(match);
            from = match.end();
        }
        matches.addAll(normalizedTokens.find(text, from, text.length()));
        return new Part(text, matches);
    }

    private PlacedTokens encodeParts(List<Part> parts, boolean withPlaces, Runnable step) {
        List<ControlToken> controls = parts.stream()
                .flatMap(part -> part.matches().stream())
                .map(Match::token)
                .toList();
        int[] zones = new int[2 * controls.size()];
        BitSet cuts = new BitSet();
        JoinedText text = aliased(parts, zones, cuts);
        int[] uncut = stripping ? withWhiteSpace(text, zones) : zones;
        PieceEncoder.Tokens tokens = pieces.encode(text, uncut, cuts, withPlaces, Integer.MAX_VALUE, step);
        PlacedTokens placed = new PlacedTokens(
                tokens.ids(),
                withoutAliases(tokens.starts(), zones, controls),
                withoutAliases(tokens.ends(), zones, controls));
        boolean exact = hasExactly(controls, placed.ids());
        if (exact && controls.stream().noneMatch(token -> token.unknown() && token.conditional())) {
            return placed;
        }
        BitSet taken = takenByLibrary(controls, zones, pieces.encode(text, uncut, cuts, true, Integer.MAX_VALUE, step));
        if (taken.cardinality() < controls.size()) {
            return encodeParts(only(taken, parts), withPlaces, step);
        }
        if (!exact) {
            throw new CheckpointException(file
                    + ": the control tokens of a prompt do not come out as the chat template puts them in; its normalizer,"
                    + " pre_tokenizer or added_tokens change them");
        }
        return placed;
    }

    /** Places in a text with aliases, in order, as places in the text that has control tokens there. */
    private static int[] withoutAliases(int[] places, int[] zones, List<ControlToken> controls) {
        int zone = 0;
        int shift = 0;
        for (int i = 0; i < places.length; i++) {
            while (zone < controls.size() && zones[2 * zone + 1] <= places[i]) {
                ControlToken control = controls.get(zone++);
                shift += control.content().length() - control.alias().length();
            }
            places[i] = places[i] < 0 ? -1 : places[i] + shift;
        }
        return places;
    }

    /**
     * The text with aliases in the place of control tokens; what is not trusted may be long, and is not copied.
     *
     * @param zones receives where each alias starts and ends
     * @param cuts receives where the text may be cut before one
     */
    private static JoinedText aliased(List<Part> parts, int[] zones, BitSet cuts) {
        List<String> texts = new ArrayList<>();
        int length = 0;
        int zone = 0;
        for (Part part : parts) {
            int from = 0;
            for (Match match : part.matches()) {
                texts.add(part.text().substring(from, match.start()));
                length += match.start() - from;
                cuts.set(length, match.token().separating());
                zones[zone++] = length;
                texts.add(match.token().alias());
                length += match.token().alias().length();
                zones[zone++] = length;
                from = match.end();
            }
            texts.add(part.text().substring(from));
            length += part.text().length() - from;
        }
        return new JoinedText(texts);
    }

    /** The parts with some of their matches, by number. */
    private static List<Part> only(BitSet taken, List<Part> parts) {
        List<Part> result = new ArrayList<>();
        int number = 0;
        for (Part part : parts) {
            List<Match> matches = new ArrayList<>();
            for (Match match : part.matches()) {
                if (taken.get(number++)) {
                    matches.add(match);
                }
            }
            result.add(new Part(part.text(), matches));
        }
        return result;
    }

    /** The zones with the white space around them. */
    private static int[] withWhiteSpace(CharSequence text, int[] zones) {
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
    private boolean hasExactly(List<ControlToken> controls, int[] ids) {
        int[] expected = controls.stream()
                .filter(token -> !token.unknown())
                .mapToInt(controlIds::get)
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
     * The numbers of the control tokens without those that the library does not take for one where they stand (inside a
     * word, for instance). Their text is ordinary text then, as it is in transformers.
     */
    private BitSet takenByLibrary(List<ControlToken> controls, int[] zones, PieceEncoder.Tokens tokens) {
        BitSet controlled = new BitSet();
        for (int i = 0; i < tokens.size(); i++) {
            if (addedTokens.get(tokens.id(i)) && tokens.start(i) >= 0 && tokens.start(i) < tokens.end(i)) {
                controlled.set(tokens.start(i), tokens.end(i));
            }
        }
        BitSet taken = new BitSet();
        for (int i = 0; i < controls.size(); i++) {
            // one in from the border, which a neighbour that strips white space may claim
            taken.set(i, !controls.get(i).conditional() || controlled.get(zones[2 * i] + 1));
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
     * What each token adds to a text.
     *
     * @throws CheckpointException if that depends on the tokens around it
     */
    public TokenBytes tokenBytes() {
        return tokens.bytes(file);
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

    /**
     * What an encoder reads for a pair of texts, as {@link #encodeForEncoder(String, int, Runnable)} for one.
     *
     * @param maxTokens most ids, control tokens included; of longer texts the first are kept: tokens of the longer one
     *     are left out until both are of one length, then of both, as in transformers
     * @throws CheckpointException if the checkpoint does not say how the two are put together
     */
    public EncoderInput encodePairForEncoder(EncodedText text, EncodedText other, int maxTokens) {
        TokenFrame.PairFrame around = frame.flatMap(TokenFrame::pair)
                .orElseThrow(() -> new CheckpointException(
                        file + ": post_processor does not say how two texts are put together for a reranker"));
        if (maxTokens <= around.size() + 1) {
            throw new IllegalArgumentException(
                    "%d tokens leave no room for two texts, which have %d tokens around and between them"
                            .formatted(maxTokens, around.size()));
        }
        return TokenFrame.around(around, text.ids(), other.ids(), text.complete() && other.complete(), maxTokens);
    }

    /**
     * The tokens of a text that is to be put together with another one.
     *
     * @param complete whether it has no more
     */
    public record EncodedText(int[] ids, boolean complete) {}

    /**
     * The first tokens of a text, for {@link #encodePairForEncoder}.
     *
     * @param maxTokens of what it is put into
     * @param step called after every few thousand characters; what it throws ends the work
     */
    public EncodedText encodePart(String text, int maxTokens, Runnable step) {
        PieceEncoder.Tokens tokens = pieces.encode(text, false, maxTokens + 1, step);
        return new EncodedText(tokens.ids(), tokens.complete());
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

    /** Lets go of texts whose tokens are remembered for when they come again. */
    public void forget() {
        pieces.forget();
    }

    /** Frees the native memory; after that every use throws {@link IllegalStateException}. */
    @Override
    public void close() {
        forget();
        guarded.close();
    }
}

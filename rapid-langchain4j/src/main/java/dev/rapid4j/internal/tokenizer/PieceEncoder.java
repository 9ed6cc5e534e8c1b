package dev.rapid4j.internal.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.tokenizer.CutRules.Stretch;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Encodes a text of any length piece by piece, with the tokens that the library gives the whole.
 *
 * <p>What the library does with some texts in one go is more than it survives: its expressions give up after ten
 * million steps back, which a run of white space that long takes, and then it ends the process. A piece is small, so
 * that it can not, so that time grows with the length of the text and no faster, and so that one can stop in between.
 *
 * <p>Pieces end at a {@linkplain CutRules#isCut cut} where there is one. Else the next piece starts some tokens before
 * the end of the last, within a {@linkplain Stretch stretch}, and the two are joined behind a token that both have, at
 * the same place. That those are the tokens of the whole follows from how pairs are merged: what is merged within two
 * places that no merge crosses depends on nothing outside. In the one piece no merge crosses the two ends of that
 * token, and neither does in the other. So in the whole none can be the first to cross either: until then, everything
 * up to the token's end goes as in the one piece, and everything from its start as in the other.
 */
final class PieceEncoder {

    /**
     * Lengths in characters.
     *
     * @param piece of a piece
     * @param overlap least that two pieces have in common where they are joined
     * @param limit of the longest piece, if there is no place to end a shorter one
     */
    record Sizes(int piece, int overlap, int limit) {}

    private static final int PIECE = 1 << 15;
    private static final int LIMIT = 1 << 19;

    /** So that some whole tokens are among it. */
    private static final int OVERLAP_TOKENS = 8;

    private static final int MIN_OVERLAP = 256;

    /** Places at which a piece that is to be joined may start. */
    private static final int RESTARTS = 32;

    /**
     * Pieces that need not be joined may be so much shorter. The last piece of a prompt, which a question at its end
     * makes another one each time, is then little to encode.
     */
    private static final int SHORTER = 8;

    private final NativeTokenizer tokenizer;
    private final CutRules rules;
    private final Sizes sizes;
    private final RecentPieces recent;

    /** @param recent what it remembers */
    PieceEncoder(NativeTokenizer tokenizer, CutRules rules, RecentPieces recent) {
        this(tokenizer, rules, sizes(rules.longestToken()), recent);
    }

    PieceEncoder(NativeTokenizer tokenizer, CutRules rules, Sizes sizes, RecentPieces recent) {
        this.tokenizer = tokenizer;
        this.rules = rules;
        this.sizes = sizes;
        this.recent = recent;
    }

    private static Sizes sizes(int longestToken) {
        int overlap = Math.min(Math.max(MIN_OVERLAP, OVERLAP_TOKENS * longestToken), LIMIT / 8);
        return new Sizes(Math.max(PIECE, 4 * overlap), overlap, LIMIT);
    }

    /**
     * Encodes a text, without special tokens added.
     *
     * @param text well-formed or not, of any length
     * @param zones first and last place, in order, of parts within and at the borders of which nothing is cut
     * @param cuts places where the text may be cut all the same
     * @param withPlaces whether to tell where in the text each token stands
     * @param enough after how many tokens to stop
     * @param step called now and then, and may end the reading by an exception
     * @throws UnreadableTextException if a part is too long and cannot be cut
     */
    Tokens encode(CharSequence text, int[] zones, BitSet cuts, boolean withPlaces, int enough, Runnable step) {
        return new Reading(text, zones, cuts, withPlaces, enough, step).read();
    }

    /** As above, for a text without zones. */
    Tokens encode(String text, boolean withPlaces, int enough, Runnable step) {
        return encode(text, new int[0], new BitSet(), withPlaces, enough, step);
    }

    /** Lets go of the texts whose tokens were kept. */
    void forget() {
        recent.forget();
    }

    /** Tokens in the order of the text. */
    static final class Tokens {

        private final boolean withPlaces;
        private int[] ids;
        private int[] starts;
        private int[] ends;
        private int size;
        private boolean complete;

        private Tokens(int capacity, boolean withPlaces) {
            this.withPlaces = withPlaces;
            ids = new int[capacity];
            starts = new int[withPlaces ? capacity : 0];
            ends = new int[withPlaces ? capacity : 0];
        }

        private void add(Piece piece, int from, int to) {
            int more = to - from;
            if (size + more > ids.length) {
                int capacity = (int) Math.min(Integer.MAX_VALUE - 8, Math.max((long) size + more, 2L * size));
                ids = Arrays.copyOf(ids, capacity);
                starts = withPlaces ? Arrays.copyOf(starts, capacity) : starts;
                ends = withPlaces ? Arrays.copyOf(ends, capacity) : ends;
            }
            System.arraycopy(piece.ids, from, ids, size, more);
            if (withPlaces) {
                System.arraycopy(piece.starts, from, starts, size, more);
                System.arraycopy(piece.ends, from, ends, size, more);
            }
            size += more;
        }

        int size() {
            return size;
        }

        /** Whether these are the tokens of all of the text. */
        boolean complete() {
            return complete;
        }

        int[] ids() {
            return Arrays.copyOf(ids, size);
        }

        int id(int token) {
            return ids[token];
        }

        /** All of {@link #start}; empty if nobody asks. */
        int[] starts() {
            return Arrays.copyOf(starts, withPlaces ? size : 0);
        }

        /** All of {@link #end}; empty if nobody asks. */
        int[] ends() {
            return Arrays.copyOf(ends, withPlaces ? size : 0);
        }

        /** The first character of a token; -1 if it stands for none. */
        int start(int token) {
            return starts[token];
        }

        /** The character behind a token; -1 if it stands for none. */
        int end(int token) {
            return ends[token];
        }
    }

    /**
     * A part of a text with its tokens.
     *
     * @param cut whether the text is cut at its end, or ends there
     * @param starts place of each token's first character in the text; -1 if it has none; empty if nobody asks
     * @param ends place behind each token
     */
    private record Piece(int start, int end, boolean cut, int[] ids, int[] starts, int[] ends) {

        int length() {
            return end - start;
        }

        /** Whether a token starts where the one before it ends, between two characters. */
        boolean isBorder(int token) {
            return token > 0
                    && starts[token - 1] >= 0
                    && starts[token - 1] < starts[token]
                    && ends[token - 1] <= starts[token];
        }

        /** The first token that starts at a place or behind it. */
        int tokenAt(int place) {
            int token = 0;
            while (token < ids.length && starts[token] < place) {
                token++;
            }
            return token;
        }
    }

    /** @param place between the tokens of the one piece and those of the next */
    private record Joint(int place, Piece next) {}

    /** One text while it is encoded. */
    private final class Reading {

        private final CharSequence text;
        private final int[] zones;
        private final BitSet cuts;
        private final int enough;
        private final Runnable step;
        private final Tokens tokens;
        private int lastShift;

        Reading(CharSequence text, int[] zones, BitSet cuts, boolean withPlaces, int enough, Runnable step) {
            this.text = text;
            this.zones = zones;
            this.cuts = cuts;
            this.enough = enough;
            this.step = step;
            tokens = new Tokens(Math.min(text.length(), sizes.piece()), withPlaces);
        }

        Tokens read() {
            int from = 0;
            Piece piece = pieceBehindCut(0);
            while (true) {
                int first = from == piece.start ? 0 : piece.tokenAt(from);
                if (piece.cut) {
                    tokens.add(piece, first, piece.ids.length);
                    tokens.complete = piece.end == text.length();
                    if (tokens.complete || tokens.size >= enough) {
                        return tokens;
                    }
                    from = piece.end;
                    piece = pieceBehindCut(from);
                    continue;
                }
                Optional<Joint> joint = joint(piece, from);
                if (joint.isPresent()) {
                    from = joint.get().place();
                    tokens.add(piece, first, piece.tokenAt(from));
                    piece = joint.get().next();
                } else if (piece.length() < sizes.limit() - 1) {
                    piece = piece(piece.start, Math.min(2 * piece.length(), sizes.limit()), true);
                } else if (enough < Integer.MAX_VALUE) {
                    tokens.add(piece, first, piece.ids.length);
                    return tokens;
                } else {
                    throw new UnreadableTextException(
                            ("The text cannot be taken apart over %,d characters from character %,d on, as if they were one word;"
                                            + " leave them out, or put ordinary words between them")
                                    .formatted(piece.length(), piece.start));
                }
                if (tokens.size >= enough) {
                    return tokens;
                }
            }
        }

        private Piece pieceBehindCut(int start) {
            return piece(start, sizes.piece() / SHORTER, sizes.piece(), tokens.withPlaces);
        }

        private Piece piece(int start, int length, boolean withPlaces) {
            return piece(start, length / 2, length, withPlaces);
        }

        /** A piece of no more than a length, to the next cut behind a shorter one if there is one. */
        private Piece piece(int start, int least, int length, boolean withPlaces) {
            step.run();
            int end = (int) Math.min((long) start + length, text.length());
            if (end == text.length() && end - start <= least) {
                return encoded(start, end, true, withPlaces);
            }
            for (int cut = start + least + 1; cut <= end && cut < text.length(); cut++) {
                if (cuts.get(cut) || rules.isCut(text, cut) && zoneAt(cut) < 0) {
                    return encoded(start, cut, true, withPlaces);
                }
            }
            return end == text.length()
                    ? encoded(start, end, true, withPlaces)
                    : encoded(start, Characters.splitsPair(text, end) ? end - 1 : end, false, true);
        }

        private Piece encoded(int start, int end, boolean cut, boolean withPlaces) {
            String part = text.subSequence(start, end).toString();
            Supplier<PlacedTokens> tokens = () -> encode(part, withPlaces);
            // what ends a text is mostly another question
            PlacedTokens encoded = end < text.length() ? recent.get(part, withPlaces, tokens) : tokens.get();
            return new Piece(
                    start, end, cut, encoded.ids(), from(start, encoded.starts()), from(start, encoded.ends()));
        }

        private static int[] from(int start, int[] places) {
            return Arrays.stream(places)
                    .map(place -> place < 0 ? place : start + place)
                    .toArray();
        }

        private PlacedTokens encode(String part, boolean withPlaces) {
            if (!withPlaces) {
                return new PlacedTokens(tokenizer.encode(part));
            }
            NativeTokenizer.Placed placed = tokenizer.encodeWithPlaces(part);
            int[] characters = characters(part);
            return new PlacedTokens(
                    placed.ids(),
                    places(placed, characters, CharSpan::getStart),
                    places(placed, characters, CharSpan::getEnd));
        }

        /** The library tells places beyond the text where a tokenizer adds something to the end of words. */
        private static int[] places(NativeTokenizer.Placed placed, int[] characters, ToIntFunction<CharSpan> place) {
            return Arrays.stream(placed.spans())
                    .mapToInt(span -> span == null
                                    || span.getStart() < 0
                                    || span.getEnd() < 0
                                    || span.getStart() >= characters.length
                                    || span.getEnd() >= characters.length
                            ? -1
                            : characters[place.applyAsInt(span)])
                    .toArray();
        }

        /** The character that each code point starts at. */
        private static int[] characters(String part) {
            int[] characters = new int[part.codePointCount(0, part.length()) + 1];
            int place = 0;
            for (int i = 0; i < characters.length; i++) {
                characters[i] = place;
                place = i + 1 == characters.length ? place : part.offsetByCodePoints(place, 1);
            }
            return characters;
        }

        /** The next piece, if it has a token in common with the end of this one. */
        private Optional<Joint> joint(Piece piece, int from) {
            int zone = zoneAt(piece.end);
            int end = zone < 0 ? piece.end : zones[2 * zone] - 1;
            int free = Math.max(piece.start, endOfZoneBefore(end) + 1);
            if (end - free <= sizes.overlap()) {
                return Optional.empty();
            }
            Optional<Stretch> stretch = rules.stretch(text, free, end);
            if (stretch.isEmpty()) {
                return Optional.empty();
            }
            int start = restart(piece, from, stretch.get());
            if (start < 0) {
                return Optional.empty();
            }
            Piece next = piece(start, sizes.piece(), true);
            OptionalInt border = commonBorder(piece, next, stretch.get());
            return border.isPresent() ? Optional.of(new Joint(border.getAsInt(), next)) : Optional.empty();
        }

        /**
         * Where the next piece may start so that it has tokens in common with this one, as a short look shows; -1 if
         * nowhere. Best where a token starts, or a little behind: the library may put a space before the piece, and a
         * run of one character is then cut out of step.
         */
        private int restart(Piece piece, int from, Stretch stretch) {
            // late enough for the next piece to end behind this one
            int earliest = Math.max(from + 1, stretch.end() - sizes.piece() / 4);
            int token = piece.tokenAt(stretch.end() - sizes.overlap() + 1) - 1;
            while (token > 0 && !(piece.isBorder(token) && stretch.mayStartAt(text, piece.starts[token]))) {
                token--;
            }
            for (int i = 0; token > 0 && i < RESTARTS; i++) {
                int shift = (lastShift + i) % RESTARTS;
                int start = piece.starts[token] + shift;
                if (start >= earliest
                        && start < stretch.end()
                        && stretch.mayStartAt(text, start)
                        && !Characters.splitsPair(text, start)
                        && commonBorder(piece, encoded(start, stretch.end(), false, true), stretch)
                                .isPresent()) {
                    lastShift = shift;
                    return start;
                }
            }
            return -1;
        }

        /** The end of the first token that both have from its start to its end. */
        private OptionalInt commonBorder(Piece piece, Piece next, Stretch stretch) {
            int latest = stretch.end() - rules.longestToken();
            int common = 0;
            int other = 1;
            for (int token = piece.tokenAt(next.start + 1); token < piece.ids.length; token++) {
                int place = piece.starts[token];
                if (place > latest) {
                    break;
                }
                while (other < next.ids.length && next.starts[other] < place) {
                    other++;
                }
                if (other == next.ids.length) {
                    break;
                }
                if (next.starts[other] == place && piece.isBorder(token) && next.isBorder(other) && ++common == 2) {
                    return OptionalInt.of(place);
                }
            }
            return OptionalInt.empty();
        }

        /** The zone that a place is in, or at the border of; -1 if in none. */
        private int zoneAt(int place) {
            int zone = zonesUpTo(place) - 1;
            return zone >= 0 && zones[2 * zone + 1] >= place ? zone : -1;
        }

        private int endOfZoneBefore(int place) {
            int zone = zonesUpTo(place) - 1;
            return zone < 0 ? -1 : zones[2 * zone + 1];
        }

        /** How many zones start at a place or before it. */
        private int zonesUpTo(int place) {
            int low = 0;
            int high = zones.length / 2;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (zones[2 * middle] <= place) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }
}

package dev.rapid4j.internal.tokenizer;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The tokens of the pieces that were encoded last: of a document that is asked about again, only the question is
 * encoded anew. Safe to use from several threads.
 */
final class RecentPieces {

    private static final int BYTES_OF_AN_ENTRY = 200;

    private record Key(String piece, boolean withPlaces) {}

    /** The least recently used first. */
    private final Map<Key, PlacedTokens> tokens = new LinkedHashMap<>(16, 0.75f, true);

    private final long most;
    private long bytes;

    /** @param most bytes that pieces and tokens take, about */
    RecentPieces(long most) {
        this.most = most;
    }

    /** @param encoded whose result is kept, and not to be changed */
    PlacedTokens get(String piece, boolean withPlaces, Supplier<PlacedTokens> encoded) {
        Key key = new Key(piece, withPlaces);
        synchronized (this) {
            PlacedTokens known = tokens.get(key);
            if (known != null) {
                return known;
            }
        }
        PlacedTokens made = encoded.get();
        keep(key, made);
        return made;
    }

    private synchronized void keep(Key key, PlacedTokens made) {
        if (tokens.put(key, made) == null) {
            bytes += bytes(key, made);
        }
        for (Iterator<Map.Entry<Key, PlacedTokens>> oldest = tokens.entrySet().iterator(); bytes > most; ) {
            Map.Entry<Key, PlacedTokens> entry = oldest.next();
            bytes -= bytes(entry.getKey(), entry.getValue());
            oldest.remove();
        }
    }

    private static long bytes(Key key, PlacedTokens made) {
        long integers = (long) made.ids().length + made.starts().length + made.ends().length;
        return BYTES_OF_AN_ENTRY + 2L * key.piece().length() + Integer.BYTES * integers;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized void forget() {
        tokens.clear();
        bytes = 0;
    }
}

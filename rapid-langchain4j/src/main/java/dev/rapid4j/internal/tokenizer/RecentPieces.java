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

    private record Key(String piece, boolean withPlaces) {}

    /** The least recently used first. */
    private final Map<Key, PlacedTokens> tokens = new LinkedHashMap<>(16, 0.75f, true);

    private final int most;
    private int characters;

    /** @param most characters of all pieces together, each of which takes 5 to 15 bytes */
    RecentPieces(int most) {
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
            characters += key.piece().length();
        }
        for (Iterator<Key> oldest = tokens.keySet().iterator(); characters > most; ) {
            characters -= oldest.next().piece().length();
            oldest.remove();
        }
    }

    synchronized int characters() {
        return characters;
    }

    synchronized void forget() {
        tokens.clear();
        characters = 0;
    }
}

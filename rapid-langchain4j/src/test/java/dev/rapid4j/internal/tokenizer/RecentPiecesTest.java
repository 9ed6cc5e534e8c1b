package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentPiecesTest {

    private int encoded;

    private PlacedTokens get(RecentPieces pieces, String piece, boolean withPlaces) {
        return pieces.get(piece, withPlaces, () -> new PlacedTokens(new int[] {++encoded}));
    }

    @Test
    void aPieceThatComesAgainIsNotEncodedAgain() {
        RecentPieces pieces = new RecentPieces(10_000);
        PlacedTokens first = get(pieces, "one", false);

        assertThat(get(pieces, "one", false)).isSameAs(first);
        assertThat(get(pieces, "one", true)).as("places are asked for").isNotSameAs(first);
        assertThat(get(pieces, "two", false)).isNotSameAs(first);
        assertThat(encoded).isEqualTo(3);
    }

    @Test
    void theLeastRecentlyUsedPiecesGoWhenTheyTakeTooMuchMemory() {
        RecentPieces pieces = new RecentPieces(2 * (200 + 2 * 4 + 4));
        get(pieces, "old", false);
        get(pieces, "used", false);
        get(pieces, "old", false);
        get(pieces, "new", false);

        assertThat(pieces.bytes()).isEqualTo(2 * (200 + 2 * 3 + 4));
        get(pieces, "old", false);
        assertThat(encoded).isEqualTo(3);
        get(pieces, "used", false);
        assertThat(encoded).isEqualTo(4);
        pieces.get("many tokens", false, () -> new PlacedTokens(new int[100]));
        assertThat(pieces.bytes()).isZero();
    }

    @Test
    void nothingIsLeftOfForgottenPieces() {
        RecentPieces pieces = new RecentPieces(10_000);
        get(pieces, "one", false);

        pieces.forget();

        assertThat(pieces.bytes()).isZero();
        get(pieces, "one", false);
        assertThat(encoded).isEqualTo(2);
    }
}

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
        RecentPieces pieces = new RecentPieces(100);
        PlacedTokens first = get(pieces, "one", false);

        assertThat(get(pieces, "one", false)).isSameAs(first);
        assertThat(get(pieces, "one", true)).as("places are asked for").isNotSameAs(first);
        assertThat(get(pieces, "two", false)).isNotSameAs(first);
        assertThat(encoded).isEqualTo(3);
    }

    @Test
    void theLeastRecentlyUsedPiecesGoWhenThereAreTooManyCharacters() {
        RecentPieces pieces = new RecentPieces(8);
        get(pieces, "old", false);
        get(pieces, "used", false);
        get(pieces, "old", false);
        get(pieces, "new", false);

        assertThat(pieces.characters()).isEqualTo(6);
        get(pieces, "old", false);
        assertThat(encoded).isEqualTo(3);
        get(pieces, "used", false);
        assertThat(encoded).isEqualTo(4);
        get(pieces, "longer than all", false);
        assertThat(pieces.characters()).isZero();
    }

    @Test
    void nothingIsLeftOfForgottenPieces() {
        RecentPieces pieces = new RecentPieces(100);
        get(pieces, "one", false);

        pieces.forget();

        assertThat(pieces.characters()).isZero();
        get(pieces, "one", false);
        assertThat(encoded).isEqualTo(2);
    }
}

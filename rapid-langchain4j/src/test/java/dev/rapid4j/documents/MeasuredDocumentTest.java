package dev.rapid4j.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.segment.TextSegment;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class MeasuredDocumentTest {

    /** A document whose first piece was found, with a heading of two tokens and markers of one. */
    private static MeasuredDocument document(int... pieces) {
        TextSegment segment = TextSegment.from("found");
        StoredSegment found = new StoredSegment(
                segment,
                SegmentMetadata.of(new Metadata(), RapidDocumentIngestor.DOCUMENT_ID),
                "1",
                1,
                OptionalDouble.empty());
        DocumentText text = new DocumentText(
                "",
                0,
                Optional.empty(),
                Collections.nCopies(pieces.length, new DocumentText.Piece("text", false)),
                List.of(new DocumentText.Hit(0, found)),
                false);
        return new MeasuredDocument(text, 2, pieces, 1);
    }

    private static List<Integer> pieces(int budget, MeasuredDocument... documents) {
        return MeasuredDocument.fitting(List.of(documents), budget).stream()
                .map(chosen -> chosen.cardinality())
                .toList();
    }

    @Test
    void documentsThatFitAreWhole() {
        assertThat(pieces(64, document(10, 10, 10), document(10, 10, 10))).containsExactly(3, 3);
    }

    @Test
    void whatALesserDocumentLeavesAtItsSegmentBordersGoesToABetterOne() {
        // 27 for each: 2 + 10 + 10 + 1 leaves 4, and 31 are enough for no more
        assertThat(pieces(54, document(10, 10, 10), document(10, 10, 10))).containsExactly(2, 2);
        // but 32 are
        assertThat(pieces(55, document(10, 10, 10), document(10, 10, 10))).containsExactly(3, 2);
    }

    @Test
    void aDocumentThatHasRoomForNoSegmentIsLeftOut() {
        assertThat(pieces(28, document(10, 10), document(10, 10))).containsExactly(1, 1);
        assertThat(pieces(27, document(10, 10), document(10, 10))).containsExactly(2);
        assertThat(pieces(13, document(10, 10))).isEmpty();
    }
}

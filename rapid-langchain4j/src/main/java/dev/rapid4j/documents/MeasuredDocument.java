package dev.rapid4j.documents;

import dev.langchain4j.model.TokenCountEstimator;
import dev.rapid4j.internal.prompt.MessageDocuments;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A document and the tokens it takes.
 *
 * @param heading of its heading
 * @param pieces of each piece
 * @param marker of what stands for text that was left out
 */
record MeasuredDocument(DocumentText document, int heading, int[] pieces, int marker) {

    static MeasuredDocument of(DocumentText document, TokenCountEstimator tokens) {
        int marker = tokens.estimateTokenCountInText(
                AugmentedText.SEPARATOR + MessageDocuments.OMISSION + AugmentedText.SEPARATOR);
        int heading = tokens.estimateTokenCountInText(AugmentedText.heading(document.title(), false))
                + tokens.estimateTokenCountInText(AugmentedText.SEPARATOR);
        int[] pieces = document.pieces().stream()
                .mapToInt(piece -> tokens.estimateTokenCountInText(piece.text()) + (piece.afterHole() ? marker : 0))
                .toArray();
        pieces[pieces.length - 1] += document.continues() ? marker : 0;
        return new MeasuredDocument(document, heading, pieces, marker);
    }

    private int size() {
        return heading + IntStream.of(pieces).sum();
    }

    /** The best segment alone. */
    private int least() {
        int best = pieces[document.hits().get(0).piece()];
        return Math.min(size(), heading + best + 2 * marker);
    }

    /** What to take of documents that share a budget; nothing of the last ones if they are too many. */
    static List<BitSet> fitting(List<MeasuredDocument> documents, int budget) {
        int[] shares = ContextShares.share(
                documents.stream().mapToInt(MeasuredDocument::size).toArray(),
                documents.stream().mapToInt(MeasuredDocument::least).toArray(),
                budget);
        BitSet[] chosen = new BitSet[shares.length];
        // what segment borders leave over goes to the more relevant documents
        int over = 0;
        for (int i = shares.length - 1; i >= 0; i--) {
            MeasuredDocument document = documents.get(i);
            int share = shares[i] + over - document.heading;
            chosen[i] = document.fitting(share);
            over = share - ContextShares.cost(chosen[i], document.pieces, document.marker);
        }
        return Arrays.asList(chosen);
    }

    private BitSet fitting(int budget) {
        if (size() - heading <= budget) {
            BitSet all = new BitSet();
            all.set(0, pieces.length);
            return all;
        }
        List<Integer> found =
                document.hits().stream().map(DocumentText.Hit::piece).toList();
        return ContextShares.stretch(pieces, found, marker, budget);
    }
}

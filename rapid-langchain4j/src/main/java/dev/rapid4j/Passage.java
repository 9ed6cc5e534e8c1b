package dev.rapid4j;

/**
 * A piece of a long text that was found relevant to the question, with its position for citation.
 *
 * @param text the passage, {@code longText.substring(start, end)}
 * @param source which of the long texts it comes from, counted from 0
 * @param start first character in that long text
 * @param end the character after the last one
 * @param index number of the passage among all segments of that long text, from 0
 * @param score how well it answers the question: with {@link PassageRanking#DENSE} the cosine similarity, from -1 to 1;
 *     with {@link PassageRanking#HYBRID} the weighted mean of dense, lexical and token scores, mostly from 0 to 1, but
 *     above it where many tokens with high lexical weights are common
 */
public record Passage(String text, int source, int start, int end, int index, double score) {

    /** The passage, counting the long texts differently. */
    public Passage from(int source) {
        return new Passage(text, source, start, end, index, score);
    }
}

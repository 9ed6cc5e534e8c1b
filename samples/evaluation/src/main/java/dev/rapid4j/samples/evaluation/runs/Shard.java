package dev.rapid4j.samples.evaluation.runs;

/**
 * The part of the questions that a run answers.
 *
 * @param index from 1 to {@code count}
 */
public record Shard(int index, int count) {

    public static final Shard ALL = new Shard(1, 1);

    /** @throws IllegalArgumentException if the index is not one of 1 to count */
    public Shard {
        if (index < 1 || index > count) {
            throw new IllegalArgumentException("A shard is one of 1/%d to %d/%d, not %d/%d"
                    .formatted(Math.max(1, count), Math.max(1, count), Math.max(1, count), index, count));
        }
    }

    @Override
    public String toString() {
        return index + "/" + count;
    }
}

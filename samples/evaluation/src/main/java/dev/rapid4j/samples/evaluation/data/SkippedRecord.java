package dev.rapid4j.samples.evaluation.data;

import java.util.Optional;

/**
 * A record that is no task.
 *
 * @param number of the record, or of the line in a file of JSON lines, from 1
 * @param id if it has one
 * @param reason what is wrong with it; quotes nothing of it
 */
public record SkippedRecord(long number, Optional<String> id, String reason) {

    @Override
    public String toString() {
        return "record " + number + id.map(" (%s)"::formatted).orElse("") + ": " + reason;
    }
}

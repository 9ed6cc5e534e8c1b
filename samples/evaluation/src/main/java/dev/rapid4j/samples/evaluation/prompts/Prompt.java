package dev.rapid4j.samples.evaluation.prompts;

/**
 * A filled template, in three parts, so that it is known what of it is the long text.
 *
 * @param before what stands before the long text; all of it, if the template has no place for one
 * @param document the long text; empty if there is none
 * @param after what stands behind the long text
 */
public record Prompt(String before, String document, String after) {

    public String text() {
        return before + document + after;
    }
}

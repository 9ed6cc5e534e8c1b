package dev.rapid4j.samples.evaluation.prompts;

/** What stands for a value in a template: the name between two dollar signs, as the authors of LongBench v2 have it. */
enum Placeholder {
    /** The long text, or passages of it. */
    DOC,
    /** The question. */
    Q,
    /** The options. */
    C_A,
    C_B,
    C_C,
    C_D,
    /** What the model answered when it was told to think step by step. */
    COT;

    @Override
    public String toString() {
        return "$" + name() + "$";
    }
}

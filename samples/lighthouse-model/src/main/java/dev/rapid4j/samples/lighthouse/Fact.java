package dev.rapid4j.samples.lighthouse;

import java.util.function.Function;

/** One of the four things that a register says about a lighthouse, each in a sentence of its own. */
public enum Fact {
    HEIGHT(
            "How tall is the lighthouse at %s?",
            "The lighthouse at %s stands %s.",
            lighthouse -> lighthouse.height() + " metres tall on the " + lighthouse.coast() + " coast"),
    KEEPER("Who keeps the light at %s?", "The light at %s is kept by %s.", Lighthouse::keeper),
    LAMP(
            "How does the lamp at %s flash?",
            "The lamp at %s flashes %s.",
            lighthouse -> lighthouse.colour() + " every " + lighthouse.seconds() + " seconds"),
    TOWER(
            "Who built the tower at %s, and when?",
            "The tower at %s was built %s.", lighthouse -> "in " + lighthouse.year() + " by " + lighthouse.builder());

    private final String question;
    private final String sentence;
    private final Function<Lighthouse, String> value;

    Fact(String question, String sentence, Function<Lighthouse, String> value) {
        this.question = question;
        this.sentence = sentence;
        this.value = value;
    }

    public String question(Lighthouse lighthouse) {
        return question.formatted(lighthouse.place());
    }

    /** What the register says, word for word: it ends with the {@link #value}. */
    public String sentence(Lighthouse lighthouse) {
        return sentence.formatted(lighthouse.place(), value(lighthouse));
    }

    /** The fact without the place, such as "green every 32 seconds". */
    public String value(Lighthouse lighthouse) {
        return value.apply(lighthouse);
    }
}

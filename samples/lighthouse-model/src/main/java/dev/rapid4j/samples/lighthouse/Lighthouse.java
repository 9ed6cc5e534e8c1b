package dev.rapid4j.samples.lighthouse;

import java.util.List;

/**
 * What the register knows about one lighthouse.
 *
 * @param place name, different for every lighthouse of a register
 * @param height metres
 * @param coast one of the four points of the compass, as an adjective
 * @param keeper who keeps the light
 * @param colour of the lamp
 * @param seconds from one flash to the next
 * @param year in which the tower was built
 * @param builder who built it
 */
public record Lighthouse(
        String place, int height, String coast, String keeper, String colour, int seconds, int year, String builder) {

    /** The sentence that says how tall it is and where. */
    public String heightSentence() {
        return "The lighthouse at " + place + " stands " + height + " metres tall on the " + coast + " coast.";
    }

    /** The sentence that says who keeps it. */
    public String keeperSentence() {
        return "The light at " + place + " is kept by " + keeper + ".";
    }

    /** The sentence that says how its lamp flashes. */
    public String lampSentence() {
        return "The lamp at " + place + " flashes " + colour + " every " + seconds + " seconds.";
    }

    /** The sentence that says when and by whom it was built. */
    public String towerSentence() {
        return "The tower at " + place + " was built in " + year + " by " + builder + ".";
    }

    /** The entry of the register: the four sentences in this order. */
    public String entry() {
        return String.join(" ", List.of(heightSentence(), keeperSentence(), lampSentence(), towerSentence()));
    }
}

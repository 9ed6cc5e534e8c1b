package dev.rapid4j.samples.lighthouse;

import java.util.stream.Collectors;
import java.util.stream.Stream;

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

    /** The entry of the register: a sentence for each fact. */
    public String entry() {
        return Stream.of(Fact.values()).map(fact -> fact.sentence(this)).collect(Collectors.joining(" "));
    }
}

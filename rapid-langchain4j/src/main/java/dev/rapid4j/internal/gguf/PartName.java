package dev.rapid4j.internal.gguf;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How {@code llama-gguf-split} names the files into which it cuts a model.
 *
 * @param title what all of them begin with
 * @param parts how many there are, as the name tells it: 0 to 99,999
 */
public record PartName(String title, int parts) {

    private static final Pattern PATTERN = Pattern.compile("(.+)-\\d{5}-of-(\\d{5})\\.gguf");

    /** What the name of a file, or its path, tells; empty if it is not one of several. */
    public static Optional<PartName> of(String file) {
        Matcher name = PATTERN.matcher(file);
        return name.matches()
                ? Optional.of(new PartName(name.group(1), Integer.parseInt(name.group(2))))
                : Optional.empty();
    }

    /** The name of a part, counted from 1. */
    public String file(int number) {
        return "%s-%05d-of-%05d.gguf".formatted(title, number, parts);
    }
}

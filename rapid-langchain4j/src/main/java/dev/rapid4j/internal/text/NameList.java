package dev.rapid4j.internal.text;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names in a message: those that somebody may choose from. */
public final class NameList {

    private static final int MAX_NAMES = 40;

    private NameList() {}

    /** The first of the names, and how many there are besides; without characters that cannot be seen. */
    public static String text(Collection<String> names) {
        String first = names.stream().limit(MAX_NAMES).map(NameList::visible).collect(Collectors.joining(", "));
        int others = names.size() - MAX_NAMES;
        return others > 0 ? "%s and %,d others".formatted(first, others) : first;
    }

    private static String visible(String name) {
        return name.replaceAll("\\p{C}", "?");
    }
}

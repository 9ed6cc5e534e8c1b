package dev.rapid4j.samples.evaluation.prompts;

import java.io.Serializable;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A text with placeholders. Values go in all at once: nothing in them is ever taken for a placeholder. */
record Template(String text) implements Serializable {

    private static final Pattern MARK = Pattern.compile("\\$([A-Z_]+)\\$");

    /**
     * @param name for messages
     * @param together all of them or none may stand in it
     * @throws IllegalArgumentException if it lacks a required placeholder, has one that is not allowed, has some of
     *     those that go together only, or the long text twice
     */
    static Template parse(
            String name, String text, Set<Placeholder> required, Set<Placeholder> together, Set<Placeholder> optional) {
        Set<Placeholder> allowed = EnumSet.copyOf(required);
        allowed.addAll(together);
        allowed.addAll(optional);
        Set<Placeholder> found = EnumSet.noneOf(Placeholder.class);
        Matcher marks = MARK.matcher(text);
        while (marks.find()) {
            Placeholder placeholder = allowed.stream()
                    .filter(one -> one.toString().equals(marks.group()))
                    .findFirst()
                    .orElseThrow(() ->
                            new IllegalArgumentException("%s: nothing can be put in the place of %s; it may have %s"
                                    .formatted(name, marks.group(), allowed)));
            if (!found.add(placeholder) && placeholder == Placeholder.DOC) {
                throw new IllegalArgumentException("%s: %s stands in it twice".formatted(name, placeholder));
            }
        }
        if (!found.containsAll(required)) {
            throw new IllegalArgumentException("%s: it should have all of %s".formatted(name, required));
        }
        if (!found.containsAll(together) && !Collections.disjoint(found, together)) {
            throw new IllegalArgumentException("%s: it should have all of %s or none".formatted(name, together));
        }
        return new Template(text.strip());
    }

    /** White space at the ends of the prompt and of the values is dropped, as the authors do. */
    Prompt fill(Map<Placeholder, String> values) {
        StringBuilder before = new StringBuilder();
        StringBuilder after = new StringBuilder();
        String document = "";
        StringBuilder current = before;
        int end = 0;
        Matcher marks = MARK.matcher(text);
        while (marks.find()) {
            current.append(text, end, marks.start());
            end = marks.end();
            Placeholder placeholder = Placeholder.valueOf(marks.group(1));
            String value = values.get(placeholder).strip();
            if (placeholder == Placeholder.DOC) {
                document = value;
                current = after;
            } else {
                current.append(value);
            }
        }
        current.append(text.substring(end));
        return new Prompt(before.toString(), document, after.toString().stripTrailing());
    }
}

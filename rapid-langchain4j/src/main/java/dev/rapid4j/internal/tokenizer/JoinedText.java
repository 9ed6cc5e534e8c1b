package dev.rapid4j.internal.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Texts one behind the other, as one that holds no copy of them. */
final class JoinedText implements CharSequence {

    private final List<String> parts;
    private final int[] starts;
    private final int length;

    /** @throws ArithmeticException if there are more characters than an int can count */
    JoinedText(List<String> parts) {
        this.parts = parts.stream().filter(part -> !part.isEmpty()).toList();
        starts = new int[this.parts.size()];
        int end = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = end;
            end = Math.addExact(end, this.parts.get(i).length());
        }
        length = end;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public char charAt(int index) {
        int part = partAt(Objects.checkIndex(index, length));
        return parts.get(part).charAt(index - starts[part]);
    }

    private int partAt(int index) {
        int found = Arrays.binarySearch(starts, index);
        return found < 0 ? -found - 2 : found;
    }

    @Override
    public String subSequence(int start, int end) {
        Objects.checkFromToIndex(start, end, length);
        if (start == end) {
            return "";
        }
        int part = partAt(start);
        int last = partAt(end - 1);
        if (part == last) {
            return parts.get(part).substring(start - starts[part], end - starts[part]);
        }
        StringBuilder result = new StringBuilder(end - start)
                .append(parts.get(part), start - starts[part], parts.get(part).length());
        for (part++; part < last; part++) {
            result.append(parts.get(part));
        }
        return result.append(parts.get(last), 0, end - starts[last]).toString();
    }

    @Override
    public String toString() {
        return String.join("", parts);
    }
}

package dev.rapid4j.chattemplate;

import java.util.Arrays;

/** Joins texts and keeps what each character may be. */
final class TextBuilder {
    private final StringBuilder chars = new StringBuilder();
    private boolean headTrusted;
    private boolean tailTrusted;
    private int[] flips = new int[4];
    private int flipCount;

    TextBuilder append(Text text) {
        return append(text, 0, text.length());
    }

    TextBuilder append(Text text, int from, int to) {
        text.forEachRun(from, to, (start, end, trusted) -> append(text.chars(), start, end, trusted));
        return this;
    }

    TextBuilder append(String string, boolean trusted) {
        return append(string, 0, string.length(), trusted);
    }

    private TextBuilder append(String string, int from, int to, boolean trusted) {
        if (from == to) {
            return this;
        }
        Budget.checkLength((long) chars.length() + to - from);
        if (chars.length() == 0) {
            headTrusted = trusted;
        } else if (trusted != tailTrusted) {
            if (flipCount == flips.length) {
                flips = Arrays.copyOf(flips, 2 * flipCount);
            }
            flips[flipCount++] = chars.length();
        }
        tailTrusted = trusted;
        chars.append(string, from, to);
        return this;
    }

    int length() {
        return chars.length();
    }

    Text build() {
        return chars.length() == 0
                ? Text.EMPTY
                : new Text(chars.toString(), headTrusted, Arrays.copyOf(flips, flipCount));
    }
}

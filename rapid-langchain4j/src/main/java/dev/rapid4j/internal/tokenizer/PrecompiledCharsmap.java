package dev.rapid4j.internal.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;

/**
 * The table by which SentencePiece normalises text, as the {@code Precompiled} normaliser of a {@code tokenizer.json}
 * has it: 4 bytes of length, that many bytes of trie, then the replacements, each ended by a zero.
 *
 * <p>The trie is a double array in the format of darts-clone: 32 bits a unit, looked up by the bytes of the text. A
 * unit has the byte that leads to it (bits 0 to 7), whether a text may end there (bit 8), and the distance to its
 * children (from bit 10, in units of 256 where bit 9 is set); the value of a text's end is the place of its
 * replacement.
 *
 * <p>The native library follows these numbers wherever they point, and ends the whole process where that is outside of
 * the table. Here every path that any text could take is followed beforehand.
 */
final class PrecompiledCharsmap {

    /** Twelve times what XLM-RoBERTa has. */
    private static final int MAX_BYTES = 3_000_000;

    /** That of U+FDFA, the longest of Unicode, has 33. */
    private static final int MAX_REPLACEMENT_BYTES = 250;

    /**
     * A place in the trie.
     *
     * @param depth how many bytes of a text lead there
     */
    private record Node(int children, int depth) {}

    private final int[] trie;
    private final byte[] replacements;

    private PrecompiledCharsmap(ByteBuffer table) {
        check(table.remaining() >= Integer.BYTES && table.remaining() <= MAX_BYTES, "its size");
        long trieBytes = Integer.toUnsignedLong(table.getInt());
        check(trieBytes <= table.remaining() && trieBytes % Integer.BYTES == 0, "the size of its trie");
        trie = new int[(int) trieBytes / Integer.BYTES];
        table.asIntBuffer().get(trie);
        table.position(table.position() + (int) trieBytes);
        replacements = new byte[table.remaining()];
        table.get(replacements);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(replacements));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("its replacements are not UTF-8", e);
        }
    }

    /**
     * Checks a table.
     *
     * @return how many times longer it may make a text, in bytes
     * @throws IllegalArgumentException if the native library would not survive it
     */
    static double growth(String base64) {
        check(base64 != null, "its type");
        byte[] table = Base64.getDecoder().decode(base64);
        // or the native library might read other bytes than these
        check(Base64.getEncoder().encodeToString(table).equals(base64), "its encoding");
        return new PrecompiledCharsmap(ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN)).growth();
    }

    private double growth() {
        check(trie.length > 0, "its trie");
        double growth = 1;
        BitSet seen = new BitSet(trie.length);
        // breadth first: a place that several texts lead to is met by the shortest of them
        Deque<Node> pending = new ArrayDeque<>();
        pending.add(new Node(children(0), 0));
        while (!pending.isEmpty()) {
            Node node = pending.remove();
            for (int label = 1; label <= 0xFF; label++) {
                int position = node.children() ^ label;
                if ((trie[position] & (1 << 31 | 0xFF)) != label) {
                    continue;
                }
                Node next = new Node(children(position), node.depth() + 1);
                if ((trie[position] & 1 << 8) != 0) {
                    int length = replacementLength(trie[next.children()] & ~(1 << 31));
                    growth = Math.max(growth, (double) length / next.depth());
                }
                if (!seen.get(next.children())) {
                    seen.set(next.children());
                    pending.add(next);
                }
            }
        }
        return growth;
    }

    /** Where the children of a unit lie: each at this position with its byte xor-ed in, so all in one block of 256. */
    private int children(int position) {
        int unit = trie[position];
        int children = position ^ (unit >>> 10 << ((unit & 1 << 9) >>> 6));
        check((children | 0xFF) < trie.length, "its trie");
        return children;
    }

    /** Bytes of the replacement that starts at a byte. */
    private int replacementLength(int start) {
        check(start <= replacements.length && !isContinuation(start), "its replacements");
        int end = start;
        while (end < replacements.length && replacements[end] != 0) {
            check(end - start < MAX_REPLACEMENT_BYTES, "the length of its replacements");
            end++;
        }
        return end - start;
    }

    private boolean isContinuation(int position) {
        return position < replacements.length && (replacements[position] & 0xC0) == 0x80;
    }

    private static void check(boolean correct, String what) {
        if (!correct) {
            throw new IllegalArgumentException(what + " cannot be right");
        }
    }
}

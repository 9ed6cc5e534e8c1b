package dev.rapid4j.testing;

import java.nio.ByteBuffer;
import java.util.Random;

/** What happens to files on their way, and what is done to them. */
public final class Mutation {

    private Mutation() {}

    /** Changes up to four places: a bit, a byte, or a piece that is left out, doubled or taken from elsewhere. */
    public static byte[] of(byte[] original, Random random) {
        byte[] bytes = original.clone();
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            int place = random.nextInt(bytes.length);
            int length = Math.min(1 + random.nextInt(24), bytes.length - place);
            int other = random.nextInt(bytes.length - length + 1);
            switch (random.nextInt(5)) {
                case 0 -> bytes[place] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[place] = (byte) random.nextInt(256);
                case 2 -> bytes = splice(bytes, place, place + length, place, place);
                case 3 -> bytes = splice(bytes, place, place, place, place + length);
                default -> bytes = splice(bytes, place, place + length, other, other + length);
            }
        }
        return bytes;
    }

    /** The bytes with those from {@code start} to {@code end} replaced by a copy of another piece. */
    private static byte[] splice(byte[] bytes, int start, int end, int pieceStart, int pieceEnd) {
        ByteBuffer spliced = ByteBuffer.allocate(bytes.length - (end - start) + pieceEnd - pieceStart);
        spliced.put(bytes, 0, start)
                .put(bytes, pieceStart, pieceEnd - pieceStart)
                .put(bytes, end, bytes.length - end);
        return spliced.array();
    }
}

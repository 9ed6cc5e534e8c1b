package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenSetTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 60, 131})
    void itsMembersAreFoundOneAfterTheOther(int vocabulary) {
        TokenSet thirds = TokenSet.of(vocabulary, id -> id % 3 == 2);
        int[] found = IntStream.iterate(thirds.next(0), id -> id >= 0, id -> thirds.next(id + 1))
                .toArray();
        assertThat(found)
                .containsExactly(
                        IntStream.range(0, vocabulary).filter(id -> id % 3 == 2).toArray());
        assertThat(TokenSet.of(vocabulary, id -> false).next(0)).isEqualTo(-1);
        // bits behind the vocabulary are no members
        assertThat(TokenSet.over(new byte[] {(byte) 0xF0}, 4).next(0)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void itsBitsAreCopiedAsFarAsThereIsRoomAndNothingIsBehindThem(int room) {
        ByteBuffer bits = ByteBuffer.allocateDirect(room);
        IntStream.range(0, room).forEach(i -> bits.put(i, (byte) 9));
        TokenSet.of(16, id -> id == 3 || id == 15).copyTo(bits);
        byte[] expected = {8, (byte) 0x80, 0, 0, 0};
        for (int i = 0; i < room; i++) {
            assertThat(bits.get(i)).isEqualTo(expected[i]);
        }
    }
}

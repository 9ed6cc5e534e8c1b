package dev.rapid4j.internal.gguf;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.testing.GgufWriter;
import dev.rapid4j.testing.Mutation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GgufFileTest {

    private static final List<String> KEYS =
            List.of("general.architecture", "small", "wide", "base", "add", "tokens", "types", "scores", "empty");

    @TempDir
    Path folder;

    @Test
    void readsValuesAndTensors() {
        GgufFile gguf = read(small());

        assertThat(gguf.text("general.architecture")).contains("llama");
        assertThat(gguf.integer("small")).hasValue(-3);
        assertThat(gguf.integer("wide")).hasValue(1L << 40);
        assertThat(gguf.integer("absent")).isEmpty();
        assertThat(gguf.number("base")).hasValue(10_000);
        assertThat(gguf.number("wide")).hasValue(1L << 40);
        assertThat(gguf.flag("add")).contains(true);
        assertThat(gguf.texts("tokens")).containsExactly("a", "", "Größe", "\uFFFD");
        assertThat(gguf.integers("types")).containsExactly(1, -1, 7);
        assertThat(gguf.integers("small")).containsExactly(-3);
        assertThat(gguf.numbers("scores")).containsExactly(0.5f, -1);
        assertThat(gguf.texts("absent")).isEmpty();
        assertThat(gguf.has("empty")).isTrue();
        assertThat(gguf.integers("empty")).isEmpty();

        Tensor norm = gguf.tensors().get("output_norm.weight");
        assertThat(norm.type()).isEqualTo("F32");
        assertThat(norm.offset() % 32).isZero();
        Tensor blocks = gguf.tensors().get("blk.0.attn_q.weight");
        assertThat(blocks.shape()).containsExactly(2L, 64L);
        assertThat(blocks.length()).isEqualTo(2 * 2 * 34);
        assertThat(blocks.offset()).isEqualTo(norm.offset() + 32);
    }

    @Test
    void readsVersion2() {
        assertThat(read(new GgufWriter(2).set("general.architecture", "llama")).text("general.architecture"))
                .contains("llama");
    }

    @Test
    void aValueOfAnotherTypeIsRefusedWithItsKey() {
        GgufFile gguf = read(small());
        assertRefused(() -> gguf.text("small"), "model.gguf: small is -3; a text is needed");
        assertRefused(() -> gguf.text("tokens"), "tokens is a list of 4 of type string");
        assertRefused(() -> gguf.integer("base"), "base is 10000.0; a whole number is needed");
        assertRefused(() -> gguf.number("add"), "add is a value of type bool");
        assertRefused(() -> gguf.flag("small"), "true or false is needed");
        assertRefused(() -> gguf.texts("types"), "types is a list of 3 of type int32; a list of texts is needed");
        assertRefused(() -> gguf.integers("wide"), "wide is 1099511627776; whole numbers of at most 32 bits");
        assertRefused(() -> gguf.numbers("tokens"), "numbers are needed");
    }

    /** Texts that nobody asks for may be anything. */
    @Test
    void aTextThatIsNotUnicodeIsRefusedWhenItIsAskedFor() {
        byte[] bytes = small().bytes();
        int umlaut = indexOf(bytes, "Größe".getBytes(StandardCharsets.UTF_8)) + 2;
        bytes[umlaut] = 'x';
        GgufFile gguf = read(bytes);
        assertThat(gguf.text("general.architecture")).contains("llama");
        assertRefused(() -> gguf.texts("tokens"), "tokens", "text 2 of it is not UTF-8, download it again");
    }

    @Test
    void otherFormatsAndVersionsAreRefusedByName() {
        assertRefused(() -> read(new byte[0]), "does not begin as a GGUF file does");
        assertRefused(
                () -> read("GGUX and more".getBytes(StandardCharsets.UTF_8)),
                "does not begin as a GGUF file does; take the right file");
        assertRefused(() -> read(new GgufWriter(1)), "is of version 1 of GGUF; supported are 2 and 3");
        assertRefused(() -> read(new GgufWriter(4)), "is of version 4 of GGUF");
        assertRefused(() -> read(new GgufWriter(3 << 24)), "was written for big-endian machines");
        assertRefused(() -> GgufFile.read(folder.resolve("none.gguf")), "none.gguf is missing");
    }

    @Test
    void aFileThatIsCutShortIsRefusedWhereverThatHappens() {
        byte[] whole = small().bytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertRefused(() -> read(cut), "download it again");
        }
    }

    /** Each in the place of the length of the first key, which is 20, or of what comes after it. */
    @Test
    void countsThatLieAreRefusedBeforeMemoryIsTaken() {
        long[] lies = {Long.MAX_VALUE, Long.MIN_VALUE, -1, Integer.MAX_VALUE, 1L << 40};
        for (int place : new int[] {8, 16, 24, 24 + 8 + 20 + 4}) {
            for (long lie : lies) {
                byte[] bytes = small().bytes();
                littleEndian(bytes).putLong(place, lie);
                assertRefused(() -> read(bytes), "is damaged or cut short", "download it again");
            }
        }
        byte[] list = new GgufWriter().set("k", List.of(1)).bytes();
        for (long lie : lies) {
            littleEndian(list).putLong(24 + 8 + 1 + 4 + 4, lie);
            assertRefused(() -> read(list), "the number of elements of k is given as");
        }
    }

    @Test
    void namesTwiceAndNamesThatCannotBeSeenAreRefused() {
        byte[] bytes = new GgufWriter().set("a", 1).set("b", 1).bytes();
        bytes[indexOf(bytes, new byte[] {'b'})] = 'a';
        assertRefused(() -> read(bytes), "a stands in it twice");
        byte[] tensors = new GgufWriter()
                .tensor("xx", new float[1], 1)
                .tensor("yy", new float[1], 1)
                .bytes();
        int second = indexOf(tensors, new byte[] {'y', 'y'});
        Arrays.fill(tensors, second, second + 2, (byte) 'x');
        assertRefused(() -> read(tensors), "tensor xx stands in it twice");
        assertRefused(() -> read(new GgufWriter().set("a\nb", 1)), "other characters than those of ASCII");
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        assertRefused(() -> read(new GgufWriter().tensor("w", 8, new byte[34], 1, 31)), "has the shape [1, 31]");
        assertRefused(() -> read(new GgufWriter().tensor("w", 8, new byte[34], 32)), "has the shape [32]");
        assertRefused(() -> read(new GgufWriter().tensor("w", new float[1], 0)), "has the shape [0]");
        assertRefused(() -> read(new GgufWriter().tensor("w", new float[1], -1)), "has the shape [-1]");
        assertRefused(
                () -> read(new GgufWriter().tensor("w", new float[1], 1L << 40, 1L << 40)), "tensor w of type F32");
        assertRefused(() -> read(new GgufWriter().tensor("w", new float[1], 1, 1, 1, 1, 1)), "w has 5 dimensions");
        assertRefused(() -> read(new GgufWriter().tensor("w", new float[2], 3)), "tensor w should take 12 bytes");
    }

    @Test
    void placesThatDoNotFitAreRefused() {
        GgufWriter writer = new GgufWriter().tensor("first", new float[32], 32).tensor("second", new float[8], 8);
        byte[] bytes = writer.bytes();
        int offset = indexOf(bytes, "second".getBytes(StandardCharsets.UTF_8)) + 6 + 4 + 8 + 4;
        assertThat(littleEndian(bytes).getLong(offset)).isEqualTo(128);
        littleEndian(bytes).putLong(offset, 96);
        assertRefused(() -> read(bytes), "tensors first and second overlap");
        littleEndian(bytes).putLong(offset, 100);
        assertRefused(
                () -> read(bytes), "tensor second should begin at byte 100 of the weights, which are aligned to 32");
        littleEndian(bytes).putLong(offset, 160);
        assertRefused(() -> read(bytes), "tensor second should take 32 bytes from byte 160 of the weights");
        littleEndian(bytes).putLong(offset, -32);
        assertRefused(() -> read(bytes), "tensor second should begin at byte 18446744073709551584");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 48, -32, 1 << 21})
    void anAlignmentThatIsNoPowerOfTwoIsRefused(int alignment) {
        assertRefused(() -> read(new GgufWriter().set("general.alignment", alignment)), "general.alignment is");
    }

    @Test
    void listsOfListsAreRefused() {
        byte[] bytes = new GgufWriter().set("k", List.of(1)).bytes();
        bytes[24 + 8 + 1 + 4] = 9;
        assertRefused(() -> read(bytes), "k is a list of lists");
    }

    /** So that a file can be refused for its architecture, or be used if the network does not need the tensor. */
    @ParameterizedTest
    @CsvSource({"16, IQ2_XXS", "40, NVFP4", "24, I8", "31, Q4_0_4_4", "99, number 99", "-1, number 4294967295"})
    void typesThatCannotBeComputedWithAreNamed(int number, String name) {
        Tensor tensor = read(new GgufWriter().tensor("w", number, new byte[32], 1, 256))
                .tensors()
                .get("w");
        assertThat(tensor.type()).isEqualTo(name);
        assertThat(tensor.entry()).isEmpty();
    }

    @Test
    void allPartsOfASplitFileAreReadWhicheverIsNamed() {
        List<Path> parts = writeParts();
        for (Path part : parts) {
            GgufFile gguf = GgufFile.read(part);
            assertThat(gguf.file()).isEqualTo(parts.get(0));
            assertThat(gguf.text("general.architecture")).contains("llama");
            assertThat(gguf.tensors()).containsOnlyKeys("w0", "w1", "w2");
            assertThat(gguf.tensors().get("w2").file()).isEqualTo(parts.get(2));
        }
    }

    @Test
    void partsThatAreMissingOrDoNotBelongTogetherAreNamed() throws IOException {
        List<Path> parts = writeParts();
        Path renamed = folder.resolve("renamed.gguf");
        Files.copy(parts.get(0), renamed);
        assertRefused(
                () -> GgufFile.read(renamed), "renamed.gguf is one of 3 parts of a model", "-00001-of-00003.gguf");

        part(1, 2).tensor("w1", new float[1], 1).write(parts.get(1));
        assertRefused(() -> GgufFile.read(parts.get(0)), "00002-of-00003.gguf does not say that it is part 2 of 3");
        part(1, 3).tensor("w0", new float[1], 1).write(parts.get(1));
        assertRefused(() -> GgufFile.read(parts.get(0)), "tensor w0 stands in");
        part(1, 3).write(parts.get(1));
        assertRefused(() -> GgufFile.read(parts.get(2)), "hold 2 tensors, where split.tensors.count says 3");
        Files.delete(parts.get(1));
        assertRefused(() -> GgufFile.read(parts.get(2)), "m-00002-of-00003.gguf is missing");
    }

    /** Every outcome is a refusal, or values that can be read and tensors inside the file. */
    @Test
    void survivesWhateverHappensToAFile() throws IOException {
        byte[] valid = small().bytes();
        Random random = new Random(4);
        int runs = Integer.getInteger("fuzz.runs", 20_000);
        int refused = 0;
        Path file = folder.resolve("mutated.gguf");
        // kept open: to make a file anew takes a hundred times as long as to read it
        try (FileChannel channel = FileChannel.open(file, CREATE, WRITE)) {
            for (int run = 0; run < runs; run++) {
                byte[] mutated = Mutation.of(valid, random);
                channel.truncate(mutated.length).write(ByteBuffer.wrap(mutated), 0);
                try {
                    check(GgufFile.read(file));
                } catch (CheckpointException e) {
                    refused++;
                }
            }
        }
        assertThat(refused).isBetween(runs / 2, runs - 1);
    }

    private static void check(GgufFile gguf) throws IOException {
        for (Tensor tensor : gguf.tensors().values()) {
            assertThat(tensor.offset() + tensor.length()).isBetween(0L, Files.size(tensor.file()));
            tensor.entry()
                    .ifPresent(weight -> assertThat(weight.length())
                            .isPositive()
                            .isEqualTo(weight.type().bytes(weight.shape())));
        }
        List<Consumer<String>> accessors = List.of(
                gguf::text,
                gguf::integer,
                gguf::number,
                gguf::flag,
                key -> List.copyOf(gguf.texts(key)),
                gguf::integers,
                gguf::numbers);
        for (String key : KEYS) {
            for (Consumer<String> accessor : accessors) {
                try {
                    accessor.accept(key);
                } catch (CheckpointException e) {
                    if (!e.getMessage().contains("mutated.gguf: " + key)) {
                        throw e;
                    }
                }
            }
        }
    }

    private List<Path> writeParts() {
        return List.of(
                part(0, 3)
                        .set("general.architecture", "llama")
                        .set("split.tensors.count", 3)
                        .tensor("w0", new float[1], 1)
                        .write(folder.resolve("m-00001-of-00003.gguf")),
                part(1, 3).tensor("w1", new float[1], 1).write(folder.resolve("m-00002-of-00003.gguf")),
                part(2, 3).tensor("w2", new float[1], 1).write(folder.resolve("m-00003-of-00003.gguf")));
    }

    private static GgufWriter part(int number, int count) {
        return new GgufWriter().set("split.no", (short) number).set("split.count", (short) count);
    }

    private GgufFile read(byte[] bytes) {
        try {
            return GgufFile.read(Files.write(folder.resolve("model.gguf"), bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertRefused(ThrowingCallable reading, String... parts) {
        assertThatThrownBy(reading).isInstanceOf(CheckpointException.class).hasMessageContainingAll(parts);
    }

    private static int indexOf(byte[] bytes, byte[] piece) {
        for (int i = 0; i <= bytes.length - piece.length; i++) {
            if (Arrays.equals(bytes, i, i + piece.length, piece, 0, piece.length)) {
                return i;
            }
        }
        throw new AssertionError("not found");
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static GgufWriter small() {
        return new GgufWriter()
                .set("general.architecture", "llama")
                .set("small", (byte) -3)
                .set("wide", 1L << 40)
                .set("base", 10_000f)
                .set("add", true)
                .set("tokens", List.of("a", "", "Größe", "\uFFFD"))
                .set("types", List.of(1, -1, 7))
                .set("scores", List.of(0.5, -1.0))
                .set("empty", List.of())
                .tensor("output_norm.weight", new float[] {1, 2, 3}, 3)
                .tensor("blk.0.attn_q.weight", 8, new byte[2 * 2 * 34], 2, 64);
    }

    private GgufFile read(GgufWriter writer) {
        return GgufFile.read(writer.write(folder.resolve("model.gguf")));
    }
}

package dev.rapid4j.internal.weights;

import static dev.rapid4j.internal.weights.TorchFile.dictionary;
import static dev.rapid4j.internal.weights.TorchFile.littleEndian;
import static dev.rapid4j.internal.weights.TorchFile.storage;
import static dev.rapid4j.internal.weights.TorchFile.tensor;
import static dev.rapid4j.internal.weights.TorchFile.text;
import static dev.rapid4j.internal.weights.TorchFile.tuple;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Mutation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class StateDictionaryTest {

    private static final String FLOATS = storage("torch\nFloatStorage", "0", 8);
    private static final String GOOD = dictionary(tensor(FLOATS, 2, tuple(2, 3), tuple(3, 1)));

    @TempDir
    Path folder;

    @Test
    void findsATensorInsideItsStorage() throws IOException {
        TorchFile torch = TorchFile.of(GOOD);
        ByteBuffer storage =
                ByteBuffer.wrap(torch.entries.get("weights/data/0")).order(ByteOrder.LITTLE_ENDIAN);
        storage.asFloatBuffer().put(new float[] {0, 1, 2, 3, 4, 5, 6, 7});
        Path file = write(torch);

        WeightEntry tensor = StateDictionary.read(file).get("w").entry().orElseThrow();
        assertThat(tensor.type()).isEqualTo(WeightType.FLOAT32);
        assertThat(tensor.shape()).containsExactly(2L, 3L);
        float[] values = new float[6];
        ByteBuffer.wrap(Files.readAllBytes(file), (int) tensor.offset(), (int) tensor.length())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        assertThat(values).containsExactly(2, 3, 4, 5, 6, 7);
    }

    /** Shared storages are how torch saves tied weights; parameters and other protocols occur in the wild. */
    @Test
    void readsWhatTorchWritesInOtherWays() throws IOException {
        String shared = "\u0080\u0004\u0095\0\0\0\0\0\0\0\0}(\u008c\u0001a" + tensor(FLOATS, 0, tuple(8), tuple(1))
                + "\u0094\u008c\u0001bh\0u.";
        Map<String, Tensor> tensors = read(TorchFile.of(shared));
        assertThat(tensors.get("a")).isEqualTo(tensors.get("b"));
        String parameter =
                "ctorch._utils\n_rebuild_parameter\n(" + tensor(FLOATS, 0, tuple(1, 8), tuple(99, 1)) + "\u0089}tR";
        assertThat(read(TorchFile.of(dictionary(parameter))).get("w").shape()).containsExactly(1L, 8L);
        String stackGlobal = "\u0080\u0004\u008c\u000bcollections\u008c\u000bOrderedDict\u0093)R.";
        assertThat(read(TorchFile.of(stackGlobal))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "os, system",
        "posix, system",
        "builtins, eval",
        "__builtin__, set",
        "subprocess, Popen",
        "operator, attrgetter",
        "datetime, datetime",
        "decimal, Decimal",
        "copy_reg, _reconstructor",
        "torch, load",
        "torch.storage, _load_from_bytes"
    })
    void refusesEveryOtherNameBeforeAnythingIsMadeOfIt(String module, String name) throws IOException {
        String argument = "(" + text("touch /tmp/harm") + "tR";
        for (String pickle : new String[] {
            dictionary("c" + module + "\n" + name + "\n" + argument),
            dictionary(text(module) + text(name) + "\u0093" + argument),
            dictionary("(" + text("touch /tmp/harm") + "i" + module + "\n" + name + "\n"),
            dictionary(storage(module + "\n" + name, "0", 8))
        }) {
            assertRefused(TorchFile.of(pickle), "its pickle names \"" + module + "." + name + "\"");
        }
    }

    static Stream<Arguments> damagedPickles() {
        return Stream.of(
                Arguments.of(tensor(FLOATS, 3, tuple(2, 3), tuple(3, 1)), "goes beyond its storage"),
                Arguments.of(tensor(FLOATS, -1, tuple(2), tuple(1)), "goes beyond its storage"),
                Arguments.of(tensor(FLOATS, 0, tuple(-2, -3), tuple(3, 1)), "goes beyond its storage"),
                Arguments.of(tensor(FLOATS, 0, tuple(1 << 30, 1 << 30, 16), tuple(0, 0, 0)), "goes beyond its storage"),
                Arguments.of(tensor(FLOATS, 0, tuple(2, 3), tuple(1, 2)), "has the strides [1, 2]"),
                Arguments.of(tensor(FLOATS, 0, tuple(2, 3), tuple(3)), "is damaged"),
                Arguments.of(
                        tensor(storage("torch\nFloatStorage", "0", 9), 0, tuple(9), tuple(1)),
                        "entry \"data/0\" has 32 bytes, where 9 elements of type F32 should be"),
                Arguments.of(
                        tensor(storage("torch\nLongStorage", "0", 1 << 30), 0, tuple(1), tuple(1)), "has 32 bytes"),
                Arguments.of(
                        tensor(storage("torch\nFloatStorage", "../data/0", 8), 0, tuple(8), tuple(1)),
                        "entry \"data/../data/0\" is missing"),
                Arguments.of("K\1", "what it holds under \"w\" is not a tensor"),
                Arguments.of("X" + littleEndian(Integer.MAX_VALUE), "goes beyond the end"),
                Arguments.of("\u008d\0\0\0\0\0\0\0\u0040", "goes beyond the end"),
                Arguments.of("\u008b" + littleEndian(Integer.MAX_VALUE), "instruction 0x8B"),
                Arguments.of("\u0082\1", "instruction 0x82"),
                Arguments.of("]a", "instruction 0x5D"),
                Arguments.of("K\1K\1s", "is damaged"),
                Arguments.of("h\7", "is damaged"),
                Arguments.of("N0".repeat(10), "instruction 0x30"),
                Arguments.of("q\0".repeat(1_000_001), "more than 1,000,000 instructions"));
    }

    @ParameterizedTest
    @MethodSource("damagedPickles")
    void refusesWhatIsNoTensorInsideTheArchive(String tensor, String message) throws IOException {
        assertRefused(TorchFile.of(dictionary(tensor)), message);
    }

    @Test
    void refusesArchivesThatTorchDoesNotWrite() throws IOException {
        TorchFile bigEndian = TorchFile.of(GOOD);
        bigEndian.entries.put("weights/byteorder", TorchFile.bytes("big"));
        assertRefused(bigEndian, "not little-endian");

        TorchFile compressed = TorchFile.of(GOOD);
        compressed.method = ZipEntry.DEFLATED;
        assertRefused(compressed, "is compressed or encrypted");

        TorchFile twoFolders = TorchFile.of(GOOD);
        twoFolders.entries.put("other/data/1", new byte[1]);
        assertRefused(twoFolders, "not all in one folder");

        TorchFile withoutPickle = TorchFile.of(GOOD);
        withoutPickle.entries.remove("weights/data.pkl");
        assertRefused(withoutPickle, "data.pkl is missing");

        TorchFile longPickle = TorchFile.of(GOOD);
        longPickle.entries.put("weights/data.pkl", new byte[8_000_001]);
        assertRefused(longPickle, "data.pkl is given as 8,000,001 bytes");

        assertThatThrownBy(() -> StateDictionary.read(Files.write(
                        folder.resolve("old.bin"),
                        TorchFile.bytes("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 "
                                + "j\u00a8P\u0019.\u0080\u0002M\u00e9\u0003."))))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("old.bin", "torch 1.6 or later", "safetensors");
    }

    @Test
    void refusesADirectoryThatDoesNotAgreeWithTheEntries() throws IOException {
        byte[] good = Files.readAllBytes(write(TorchFile.of(GOOD)));
        int directory = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getInt(good.length - 6);
        // of the first entry: flags, method, size, header's place and name; then the directory's own place and length
        assertRefused(good, file -> file.put(directory + 8, (byte) 1), "is compressed or encrypted");
        assertRefused(good, file -> file.put(8, (byte) 8), "does not agree with its entries");
        assertRefused(good, file -> file.putInt(directory + 24, 7), "its directory is damaged");
        assertRefused(
                good,
                file -> file.putInt(directory + 24, 7).putInt(directory + 20, 7),
                "does not agree with its entries");
        assertRefused(good, file -> file.putInt(directory + 42, 1_000_000), "points outside the file");
        assertRefused(good, file -> file.put(30, (byte) 'x'), "does not agree with its entries");
        assertRefused(good, file -> file.putInt(good.length - 6, directory + 1), "not where it should be");
        assertRefused(good, file -> file.putShort(good.length - 12, (short) 2), "another number of entries");
        assertRefused(Arrays.copyOf(good, good.length - 1), file -> {}, "does not end with a directory");
        assertRefused(Arrays.copyOf(good, 20), file -> {}, "is no archive of torch");
        assertRefused(new byte[0], file -> {}, "is no archive of torch");
    }

    /** Every outcome is a refusal, or tensors inside the file. */
    @Test
    void survivesWhateverHappensToAFile() throws IOException {
        Random random = new Random(3);
        int runs = Integer.getInteger("fuzz.runs", 2_000);
        TorchArchive archive = TorchArchive.read(Golden.path("bge-m3-tiny/pytorch_model.bin"));
        TorchArchive.Entry entry = archive.entries().get("data.pkl");
        byte[] all = Files.readAllBytes(archive.file());
        byte[] pickle = Arrays.copyOfRange(all, (int) entry.offset(), (int) (entry.offset() + entry.length()));
        byte[] small = Files.readAllBytes(Golden.path("bge-m3-tiny/sparse_linear.pt"));
        Path file = folder.resolve("mutated.pt");
        int refused = 0;
        for (int run = 0; run < runs; run++) {
            try {
                checkInside(StateDictionary.read(archive, Mutation.of(pickle, random)));
            } catch (CheckpointException e) {
                refused++;
            }
            try {
                checkInside(StateDictionary.read(Files.write(file, Mutation.of(small, random))));
            } catch (CheckpointException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(runs / 2, 2 * runs - 1);
    }

    private static void checkInside(Map<String, Tensor> tensors) throws IOException {
        for (Tensor tensor : tensors.values()) {
            assertThat(tensor.offset()).isNotNegative();
            assertThat(tensor.length()).isNotNegative();
            assertThat(tensor.end()).isBetween(tensor.offset(), Files.size(tensor.file()));
            tensor.entry()
                    .ifPresent(weight -> assertThat(Tensor.elements(weight.shape())
                                    * weight.type().blockBytes())
                            .isEqualTo(weight.length()));
        }
    }

    private Path write(TorchFile file) throws IOException {
        return file.write(folder.resolve("weights.pt"));
    }

    private Map<String, Tensor> read(TorchFile file) throws IOException {
        return StateDictionary.read(write(file));
    }

    private void assertRefused(TorchFile file, String message) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("weights.pt", message);
    }

    private void assertRefused(byte[] good, Consumer<ByteBuffer> change, String message) throws IOException {
        byte[] changed = good.clone();
        change.accept(ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN));
        Path file = Files.write(folder.resolve("weights.pt"), changed);
        assertThatThrownBy(() -> StateDictionary.read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("weights.pt", message);
    }
}

package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.gguf.GgufFile;
import dev.rapid4j.internal.torch.WeightsProgram.MappedFile;
import dev.rapid4j.internal.torch.WeightsProgram.Rounded;
import dev.rapid4j.internal.torch.WeightsProgram.Rounding;
import dev.rapid4j.internal.torch.WeightsProgram.Stored;
import dev.rapid4j.internal.torch.WeightsProgram.Table;
import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.internal.weights.WeightEntry;
import dev.rapid4j.internal.weights.WeightType;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.Mutation;
import dev.rapid4j.testing.RealModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class WeightsProgramTest {

    /** Reads tensors' numbers, which programs do not return otherwise. */
    private static final ScriptModule NUMBERS = ScriptModule.compile("Numbers", ScriptModule.source("Decoder") + """


            class Numbers(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              _is_full_backward_hook : Optional[bool]
              def of(self, table: Dict[str, Tensor], name: str) -> List[float]:
                return annotate(List[float], table[name].to(7).reshape([-1]).tolist())
              def piece(self, table: Dict[str, Tensor], name: str, first: int, count: int) -> Tensor:
                return table[name].reshape([-1]).narrow(0, first, count)
              def embedded(self, table: Dict[str, Tensor], ids: List[int]) -> List[float]:
                packed = annotate(Dict[str, __torch__.torch.classes.quantized.LinearPackedParamsBase], {})
                embedding = __torch__.taken_embedding(__torch__.Weights(table, packed, 127., True))
                x = __torch__.embed(embedding, torch.tensor(ids, dtype=4), 6)
                return annotate(List[float], x.to(7).reshape([-1]).tolist())
              def groups(self, weight: Tuple[Tensor, Tensor]) -> List[float]:
                pairs, lines, = weight
                q = torch.stack([torch.bitwise_right_shift(pairs, 4), torch.bitwise_and(pairs, 15)], -1).to(7)
                line = lines.to(7)
                x = torch.add((q.view([q.size(0), -1, 32]) - 8.) * line.narrow(2, 0, 1), line.narrow(2, 1, 1))
                return annotate(List[float], x.reshape([-1]).tolist())
              def integers(self, weight: Tuple[Tensor, Tensor]) -> List[float]:
                integers, scales, = weight
                return annotate(List[float], (integers.to(7) * scales).reshape([-1]).tolist())
            """);

    private static final long PIECE = 1 << 20;

    private static final Path BLOCKS = Golden.path("gguf-blocks/blocks.gguf");

    private final WeightsProgram program = new WeightsProgram();

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLOAT8")
    void decodesToTheBitAsPythonsPackageDoes(WeightType type) {
        WeightEntry weight = blocks(type);
        float[] expected = Golden.tensor("gguf-blocks/expected.safetensors", type.published());

        assertThat(read(weight, ElementType.FLOAT32)).isEqualTo(expected);
        float[] rounded = read(weight, ElementType.BFLOAT16);
        for (int i = 0; i < expected.length; i++) {
            assertThat(rounded[i]).isEqualTo(toBfloat16(expected[i]));
        }
    }

    @Test
    void decodesEveryTensorOfSmolLm2AsPythonsPackageDoes() {
        assertDecodesAsPythonsPackageDoes(RealModels.smolLm2());
    }

    @Test
    void decodesEveryTensorOfQwenCoderAsPythonsPackageDoes() {
        assertDecodesAsPythonsPackageDoes(RealModels.qwenCoder());
    }

    private void assertDecodesAsPythonsPackageDoes(Path model) {
        Map<String, String> checksums = new TreeMap<>();
        try (MappedFile file = program.mapBytes(model)) {
            GgufFile.read(model).tensors().forEach((name, tensor) -> {
                Stored stored = new Stored(file, tensor.entry().orElseThrow(), Optional.empty());
                try (Table table = program.newTable()) {
                    program.put(table, name, stored, Device.CPU, ElementType.FLOAT32, false);
                    checksums.put(name, checksum(table, name, stored.weight().elements()));
                }
            });
        }
        JsonNode expected =
                Golden.json("real/tensors.json").get(model.getFileName().toString());
        assertThat(new ObjectMapper().<JsonNode>valueToTree(checksums)).isEqualTo(expected);
    }

    /** Of the numbers as in {@code golden/make_real_tensors.py}. */
    private static String checksum(Table table, String name, long elements) {
        MessageDigest digest = sha256();
        for (long first = 0; first < elements; first += PIECE) {
            try (NativeValue piece = NUMBERS.run("piece", table, name, first, Math.min(PIECE, elements - first))) {
                digest.update(bytes(piece));
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    /** Of float32 tensors DJL's JNI layer can read the memory. */
    private static byte[] bytes(NativeValue tensor) {
        IValue value = tensor.acquire();
        try (PtNDManager manager = (PtNDManager) Torch.engine().newBaseManager(ai.djl.Device.cpu())) {
            return value.toTensor(manager).toByteArray();
        } finally {
            tensor.release();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A vocabulary's rows, of which a few are asked for at a time. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = ".*Q\\d.*")
    void rowsOfBlocksAreLookedUpToTheBit(WeightType type) {
        float[] expected = Golden.tensor("gguf-blocks/expected.safetensors", type.published());
        WeightEntry weight = blocks(type);
        try (Table table = program.newTable();
                MappedFile file = program.mapBytes(weight.file())) {
            program.putBlocks(table, "embedding." + type.published(), new Stored(file, weight, Optional.empty()));
            try (NativeValue numbers = NUMBERS.run("embedded", table, new int[] {3, 0, 3})) {
                float[] rows = floats(numbers.toDoubles());
                assertThat(Arrays.copyOfRange(rows, 0, 256)).isEqualTo(Arrays.copyOfRange(expected, 768, 1024));
                assertThat(Arrays.copyOfRange(rows, 256, 512)).isEqualTo(Arrays.copyOf(expected, 256));
                assertThat(Arrays.copyOfRange(rows, 512, 768)).isEqualTo(Arrays.copyOfRange(expected, 768, 1024));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLOAT8")
    void integersAreWithinHalfAStepOfTheElements(WeightType type) {
        float[] expected = Golden.tensor("gguf-blocks/expected.safetensors", type.published());
        WeightEntry weight = blocks(type);
        try (Rounded integers = program.newRounded(Rounding.INTEGERS, 6, 256, Device.CPU);
                MappedFile file = program.mapBytes(weight.file())) {
            program.round(new Stored(file, weight, Optional.empty()), integers, 2);
            try (NativeValue numbers = NUMBERS.run("integers", integers)) {
                double[] values = numbers.toDoubles();
                for (int row = 0; row < 4; row++) {
                    float largest = 0;
                    for (int i = row * 256; i < (row + 1) * 256; i++) {
                        largest = Math.max(largest, Math.abs(expected[i]));
                    }
                    for (int i = row * 256; i < (row + 1) * 256; i++) {
                        assertThat(values[512 + i]).isCloseTo(expected[i], within(largest / 127 * 0.50001));
                    }
                }
            }
        }
    }

    /** More rows than are decoded at once. */
    @Test
    void decodesLongWeightsPieceByPiece() throws IOException {
        int rows = 3_001;
        byte[] data = new byte[rows * 2 * 34];
        new Random(1).nextBytes(data);
        float[] expected = new float[rows * 64];
        for (int block = 0; block < 2 * rows; block++) {
            // the float16 number 1
            data[block * 34] = 0;
            data[block * 34 + 1] = 0x3C;
            for (int i = 0; i < 32; i++) {
                expected[block * 32 + i] = data[block * 34 + 2 + i];
            }
        }
        Path file = Files.write(folder.resolve("long"), data);
        WeightEntry weight = new WeightEntry(file, WeightType.Q8_0, List.of((long) rows, 64L), 0, data.length, 0);

        assertThat(read(weight, ElementType.FLOAT32)).isEqualTo(expected);
    }

    /** llama.cpp stores row i of a head's first half at 2 i, and row i of its second half at 2 i + 1. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "BFLOAT16", "Q4_0"})
    void putsRowsOfInterleavedHalvesInOrder(WeightType type) {
        WeightEntry stored = blocks(type);
        float[] file = read(stored, ElementType.FLOAT32);
        WeightEntry weight = stored.withInterleavedRows(4);

        float[] rows = read(weight, ElementType.FLOAT32);
        int[] from = {0, 2, 1, 3};
        for (int row = 0; row < 4; row++) {
            assertThat(Arrays.copyOfRange(rows, row * 256, row * 256 + 256))
                    .isEqualTo(Arrays.copyOfRange(file, from[row] * 256, from[row] * 256 + 256));
        }
        assertThatThrownBy(() -> stored.withInterleavedRows(3)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsWhatIsNotAlignedAndWhatHasNoOrOneDimension() throws IOException {
        Path file = Files.write(folder.resolve("floats"), new byte[] {9, 0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});
        assertThat(read(new WeightEntry(file, WeightType.FLOAT32, List.of(2L), 1, 8, 0), ElementType.FLOAT32))
                .containsExactly(1, 2);
        assertThat(read(new WeightEntry(file, WeightType.FLOAT32, List.of(), 5, 4, 0), ElementType.FLOAT16))
                .containsExactly(2);
    }

    /** What is kept of each group is in bfloat16, which has eight bits of its two numbers. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLOAT8")
    void fourBitsAreWithinHalfAStepOfTheElementsAndThoseOfBlocksTheSame(WeightType type) {
        float[] expected = Golden.tensor("gguf-blocks/expected.safetensors", type.published());
        boolean same =
                List.of(WeightType.Q4_0, WeightType.Q4_1, WeightType.Q4_K).contains(type);
        WeightEntry weight = blocks(type);
        try (Rounded groups = program.newRounded(Rounding.GROUPS, 4, 256, Device.CPU);
                MappedFile file = program.mapBytes(weight.file())) {
            program.round(new Stored(file, weight, Optional.empty()), groups, 0);
            try (NativeValue numbers = NUMBERS.run("groups", groups)) {
                double[] values = numbers.toDoubles();
                for (int group = 0; group < expected.length; group += 32) {
                    float[] elements = Arrays.copyOfRange(expected, group, group + 32);
                    double least = IntStream.range(0, 32)
                            .mapToDouble(i -> elements[i])
                            .min()
                            .orElseThrow();
                    double greatest = IntStream.range(0, 32)
                            .mapToDouble(i -> elements[i])
                            .max()
                            .orElseThrow();
                    double range = greatest - least;
                    double magnitude = Math.max(Math.abs(least), Math.abs(greatest));
                    double squares = 0;
                    for (int i = 0; i < 32; i++) {
                        squares += Math.pow(values[group + i] - elements[i], 2);
                    }
                    // uniform errors of half a step at most, and what the two numbers lose
                    double step = same ? 0 : range / 15 / 2;
                    assertThat(Math.sqrt(squares / 32)).isLessThanOrEqualTo(step + (range + magnitude) / 256);
                }
            }
        }
    }

    /** A shape that lies about the file would be read beyond its end, which ends the JVM. */
    @Test
    void rowsBeyondTheFileAreRefused() {
        WeightEntry weight = blocks(WeightType.Q4_K);
        WeightEntry lying = new WeightEntry(
                weight.file(), weight.type(), List.of(1_000_000L, 256L), weight.offset(), weight.length(), 0);
        assertThatThrownBy(() -> read(lying, ElementType.FLOAT32)).isInstanceOf(TorchException.class);
        try (Rounded integers = program.newRounded(Rounding.INTEGERS, 1_000_000, 256, Device.CPU);
                Table table = program.newTable();
                MappedFile file = program.mapBytes(weight.file())) {
            Stored stored = new Stored(file, lying, Optional.empty());
            assertThatThrownBy(() -> program.round(stored, integers, 0)).isInstanceOf(TorchException.class);
            assertThatThrownBy(() -> program.putBlocks(table, "embedding.Q4_K", stored))
                    .isInstanceOf(TorchException.class);
        }
    }

    /** Every outcome is a refusal, or numbers. */
    @Test
    void survivesWhateverHappensToAFile() throws IOException {
        byte[] valid = Files.readAllBytes(BLOCKS);
        // what the file says ends where the first tensor begins
        int header = (int) GgufFile.read(BLOCKS).tensors().values().stream()
                .mapToLong(Tensor::offset)
                .min()
                .orElseThrow();
        Random random = new Random(5);
        int refused = 0;
        int decoded = 0;
        for (int run = 0; run < Integer.getInteger("fuzz.runs", 300); run++) {
            byte[] head = Mutation.of(Arrays.copyOf(valid, header), random);
            byte[] mutated = Arrays.copyOf(head, head.length + valid.length - header);
            System.arraycopy(valid, header, mutated, head.length, valid.length - header);
            Path file = Files.write(folder.resolve("mutated.gguf"), mutated);
            try {
                for (Tensor tensor : GgufFile.read(file).tensors().values()) {
                    if (tensor.entry().isPresent()) {
                        WeightEntry weight = tensor.entry().get();
                        assertThat(read(weight, ElementType.FLOAT32)).isNotEmpty();
                        decoded++;
                    }
                }
            } catch (CheckpointException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
        assertThat(decoded).isPositive();
    }

    private static WeightEntry blocks(WeightType type) {
        return GgufFile.read(BLOCKS).tensors().get(type.published()).entry().orElseThrow();
    }

    private float[] read(WeightEntry weight, ElementType kept) {
        try (Table table = program.newTable();
                MappedFile file = program.mapBytes(weight.file())) {
            program.put(table, "read", new Stored(file, weight, Optional.empty()), Device.CPU, kept, false);
            try (NativeValue numbers = NUMBERS.run("of", table, "read")) {
                return floats(numbers.toDoubles());
            }
        }
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Rounds half to even. */
    private static float toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7FFF + (bits >>> 16 & 1)) & 0xFFFF0000);
    }
}

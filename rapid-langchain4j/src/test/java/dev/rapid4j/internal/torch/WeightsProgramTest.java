package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.gguf.GgufFile;
import dev.rapid4j.internal.torch.WeightsProgram.Cut;
import dev.rapid4j.internal.torch.WeightsProgram.MappedFile;
import dev.rapid4j.internal.torch.WeightsProgram.Rows;
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
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class WeightsProgramTest {

    /** Reads a tensor's numbers, which programs do not return otherwise. */
    private static final ScriptModule NUMBERS = ScriptModule.compile("Numbers", """
            class Numbers(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              _is_full_backward_hook : Optional[bool]
              def of(self, x: Tensor) -> List[float]:
                return annotate(List[float], x.to(7).reshape([-1]).tolist())
            """);

    private static final Path BLOCKS = Golden.path("gguf-blocks/blocks.gguf");

    private final WeightsProgram program = new WeightsProgram();

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void decodesToTheBitAsPythonsPackageDoes(WeightType type) {
        WeightEntry weight = blocks(type);
        float[] expected = Golden.tensor("gguf-blocks/expected.safetensors", type.published());

        assertThat(read(weight, 0, 4, ElementType.FLOAT32)).isEqualTo(expected);
        assertThat(read(weight, 1, 3, ElementType.FLOAT32)).isEqualTo(Arrays.copyOfRange(expected, 256, 768));
        assertThat(read(weight, 2, 2, ElementType.FLOAT32)).isEmpty();
        float[] rounded = read(weight, 0, 4, ElementType.BFLOAT16);
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
                WeightEntry weight = tensor.entry().orElseThrow();
                checksums.put(name, checksum(new Cut(file, weight, Device.CPU, ElementType.FLOAT32)));
            });
        }
        JsonNode expected =
                Golden.json("real/tensors.json").get(model.getFileName().toString());
        assertThat(new ObjectMapper().<JsonNode>valueToTree(checksums)).isEqualTo(expected);
    }

    /** Of the numbers as in {@code golden/make_real_tensors.py}; some rows at a time, as a loader has them. */
    private String checksum(Cut weight) {
        MessageDigest digest = sha256();
        List<Long> shape = weight.weight().shape();
        long width = shape.stream().skip(1).reduce(1L, Math::multiplyExact);
        long step = Math.max(1, (1 << 20) / width);
        for (long first = 0; first < shape.get(0); first += step) {
            try (Rows rows = program.cut(weight, first, Math.min(shape.get(0), first + step))) {
                digest.update(bytes(rows));
            }
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    /** Of float32 tensors DJL's JNI layer can read the memory. */
    private static byte[] bytes(Rows rows) {
        IValue value = rows.value().acquire();
        try (PtNDManager manager = (PtNDManager) Torch.engine().newBaseManager(ai.djl.Device.cpu())) {
            return value.toTensor(manager).toByteArray();
        } finally {
            rows.value().release();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
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

        assertThat(read(weight, 0, rows, ElementType.FLOAT32)).isEqualTo(expected);
    }

    /** llama.cpp stores row i of a head's first half at 2 i, and row i of its second half at 2 i + 1. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "BFLOAT16", "Q4_0"})
    void putsRowsOfInterleavedHalvesInOrder(WeightType type) {
        WeightEntry stored = blocks(type);
        float[] file = read(stored, 0, 4, ElementType.FLOAT32);
        WeightEntry weight = stored.withInterleavedRows(4);

        float[] rows = read(weight, 0, 4, ElementType.FLOAT32);
        int[] from = {0, 2, 1, 3};
        for (int row = 0; row < 4; row++) {
            assertThat(Arrays.copyOfRange(rows, row * 256, row * 256 + 256))
                    .isEqualTo(Arrays.copyOfRange(file, from[row] * 256, from[row] * 256 + 256));
        }
        assertThat(read(weight, 1, 3, ElementType.FLOAT32)).isEqualTo(Arrays.copyOfRange(rows, 256, 768));
        assertThatThrownBy(() -> stored.withInterleavedRows(3)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsWhatIsNotAlignedAndWhatHasNoOrOneDimension() throws IOException {
        Path file = Files.write(folder.resolve("floats"), new byte[] {9, 0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});
        assertThat(read(new WeightEntry(file, WeightType.FLOAT32, List.of(2L), 1, 8, 0), 0, 2, ElementType.FLOAT32))
                .containsExactly(1, 2);
        assertThat(read(new WeightEntry(file, WeightType.FLOAT32, List.of(), 5, 4, 0), 0, 1, ElementType.FLOAT16))
                .containsExactly(2);
    }

    /** A shape that lies about the file would be read beyond its end, which ends the JVM. */
    @Test
    void rowsBeyondTheFileAreRefused() {
        WeightEntry weight = blocks(WeightType.Q4_K);
        assertThatThrownBy(() -> read(weight, 0, 1_000_000, ElementType.FLOAT32))
                .isInstanceOf(TorchException.class);
        assertThatThrownBy(() -> read(weight, 4, 2, ElementType.FLOAT32)).isInstanceOf(TorchException.class);
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
                        long rows =
                                weight.shape().isEmpty() ? 1 : weight.shape().get(0);
                        assertThat(read(weight, 0, rows, ElementType.FLOAT32)).isNotEmpty();
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

    private float[] read(WeightEntry weight, long first, long end, ElementType kept) {
        try (MappedFile file = program.mapBytes(weight.file());
                Rows rows = program.cut(new Cut(file, weight, Device.CPU, kept), first, end);
                NativeValue numbers = NUMBERS.run("of", rows)) {
            double[] values = numbers.toDoubles();
            float[] floats = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                floats[i] = (float) values[i];
            }
            return floats;
        }
    }

    /** Rounds half to even. */
    private static float toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7FFF + (bits >>> 16 & 1)) & 0xFFFF0000);
    }
}

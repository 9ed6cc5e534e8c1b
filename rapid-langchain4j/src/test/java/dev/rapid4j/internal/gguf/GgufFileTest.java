package dev.rapid4j.internal.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.internal.weights.Tensor;
import dev.rapid4j.testing.GgufWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GgufFileTest {

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

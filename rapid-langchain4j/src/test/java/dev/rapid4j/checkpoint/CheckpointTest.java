package dev.rapid4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    static final Path GOLDEN = Path.of("src/test/resources/golden");

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tiny", "mistral-tiny", "qwen2-tiny", "qwen3-tiny"})
    void opensEveryGoldenCheckpoint(String name) {
        Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve(name));
        assertThat(checkpoint.name()).isEqualTo(name);
        assertThat(checkpoint.endTokens()).containsExactly(2);
        assertThat(checkpoint.chatTemplate()).get().satisfies(template -> {
            assertThat(template.text()).contains("<|im_start|>");
            assertThat(template.specialTokens()).containsEntry("eos_token", "<|im_end|>");
        });
        assertThat(checkpoint.weights()).containsKey("model.layers.2.mlp.down_proj.weight");
        try (Tokenizer tokenizer = checkpoint.openTokenizer()) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(384);
            assertThat(tokenizer.encode("<|im_end|> Grüße 🎉"))
                    .hasSizeGreaterThan(6)
                    .doesNotContain(2);
            assertThat(tokenizer.encode(List.of(new TextSpan("<|im_end|>", true))))
                    .containsExactly(2);
            assertThat(tokenizer.decode(tokenizer.encode("<|im_end|> Grüße 🎉"), true))
                    .isEqualTo("<|im_end|> Grüße 🎉");
        }
    }
}

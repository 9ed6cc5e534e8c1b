package dev.rapid4j.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.architecture.DecoderConfiguration.Rotary;
import dev.rapid4j.internal.architecture.RotaryScaling;
import dev.rapid4j.internal.gguf.GgufFile;
import dev.rapid4j.testing.GgufWriter;
import dev.rapid4j.testing.Golden;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufConfigurationTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "qwen2-tiny, qwen2-tiny-F32.gguf",
        "qwen3-tiny, qwen3-tiny-F32-00001-of-00003.gguf",
    })
    void saysWhatTheConfigurationSaysThatTheFileWasMadeFrom(String name, String file) {
        assertThat(Checkpoint.open(Golden.path("gguf").resolve(file)).configuration())
                .isEqualTo(Golden.checkpoint(name).configuration());
    }

    @ParameterizedTest
    @CsvSource({"llama3-tiny, llama3-tiny-BF16.gguf", "mistral-tiny, mistral-tiny-F16.gguf"})
    void llamaAndMistralAreOneArchitecture(String name, String file) {
        assertThat(Checkpoint.open(Golden.path("gguf").resolve(file)).configuration())
                .usingRecursiveComparison()
                .ignoringFields("modelType", "rotaries.scaling", "attention.interleavedHeads")
                .isEqualTo(Golden.checkpoint(name).configuration());
    }

    @Test
    void takesWhatIsNotSaidAsLlamaCppDoes() {
        DecoderConfiguration configuration = read(network("llama"));
        assertThat(configuration)
                .returns(8, DecoderConfiguration::vocabularySize)
                .returns(4, one -> one.attention().keyValueHeads())
                .returns(16, one -> one.attention().headDimension())
                .returns(1e-5, one -> one.norms().epsilon())
                .returns(true, DecoderConfiguration::tiedEmbeddings)
                .returns(List.of(new Rotary(10_000, new RotaryScaling.None(), 16)), DecoderConfiguration::rotaries);
    }

    @Test
    void aFactorWithoutATypeIsThatOfLinearScaling() {
        for (String key : List.of("llama.rope.scaling.factor", "llama.rope.scale_linear")) {
            assertThat(read(network("llama").set(key, 4f)).rotaries().get(0).scaling())
                    .isEqualTo(new RotaryScaling.Linear(4));
        }
        assertThat(read(network("llama").set("llama.rope.scaling.factor", 4f).set("llama.rope.scaling.type", "none"))
                        .rotaries()
                        .get(0)
                        .scaling())
                .isEqualTo(new RotaryScaling.None());
    }

    /** llama.cpp multiplies what YaRN multiplies by anyway. */
    @Test
    void readsYarnWithAnAttentionFactor() {
        GgufWriter yarn = network("qwen2")
                .set("qwen2.rope.scaling.type", "yarn")
                .set("qwen2.rope.scaling.factor", 4f)
                .set("qwen2.rope.scaling.original_context_length", 128)
                .set("qwen2.rope.scaling.yarn_beta_fast", 16f);
        assertThat(read(yarn).rotaries().get(0).scaling())
                .isEqualTo(new RotaryScaling.Yarn(
                        4, 128, 16, 1, OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty(), true));
        RotaryScaling.Yarn scaled = (RotaryScaling.Yarn) read(yarn.set("qwen2.rope.scaling.attn_factor", 0.5f))
                .rotaries()
                .get(0)
                .scaling();
        assertThat(scaled.attentionFactor().getAsDouble()).isCloseTo(0.5 * (1 + 0.1 * Math.log(4)), within(1e-9));
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3"})
    void aWindowIsThatOfAllLayers(String architecture) {
        assertThat(read(network(architecture).set(architecture + ".attention.sliding_window", 100))
                        .layers())
                .isNotEmpty()
                .allMatch(layer -> layer.window() == 100);
    }

    @Test
    void readsBiasesFromTheTensorsThatThereAre() {
        GgufWriter biased = network("llama")
                .tensor("blk.0.attn_q.bias", new float[64], 64)
                .tensor("blk.0.ffn_gate.bias", new float[160], 160);
        assertThat(read(biased))
                .returns(true, one -> one.attention().inputBias())
                .returns(true, one -> one.feedForward().bias());
    }

    @Test
    void aNumberMayStandForEachLayerIfAllAreAlike() {
        assertThat(read(network("llama").set("llama.attention.head_count_kv", List.of(2, 2)))
                        .attention()
                        .keyValueHeads())
                .isEqualTo(2);
        assertRefused(
                network("llama").set("llama.attention.head_count_kv", List.of(2, 4)),
                "llama.attention.head_count_kv",
                "layers are all alike");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mamba", "clip", ""})
    void refusesOtherArchitecturesByName(String architecture) {
        assertRefused(
                network(architecture),
                "general.architecture is \"" + architecture + "\"",
                "supported are cohere2, command-r, gemma2, gemma3");
    }

    @Test
    void refusesNetworksOfOtherKinds() {
        assertRefused(network("qwen2").set("qwen2.expert_count", 8), "qwen2.expert_count is 8", "supported is 0");
        GgufWriter mixtral = network("llama").set("llama.expert_count", 8).set("llama.expert_used_count", 2);
        assertRefused(mixtral.set("llama.expert_gating_func", 2), "llama.expert_gating_func is 2", "supported is 1");
        assertRefused(network("llama").set("general.type", "adapter"), "general.type is \"adapter\"", "no model");
        assertRefused(network("qwen3").set("qwen3.attention.causal", false), "qwen3.attention.causal");
        assertRefused(network("llama").set("llama.rope.dimension_count", 8), "llama.rope.dimension_count is 8", "16");
        assertRefused(network("llama").set("llama.attention.value_length", 8), "value_length is 8", "16");
        assertRefused(
                network("llama").set("llama.rope.scaling.type", "longrope").set("llama.rope.scaling.factor", 4f),
                "llama.rope.scaling.type is \"longrope\"");
        assertRefused(
                network("llama").set("llama.rope.scaling.attn_factor", 2f), "rope.scaling.attn_factor is 2.0", "YaRN");
    }

    @Test
    void refusesWhatIsMissingOrOutOfRange() {
        assertRefused(new GgufWriter().set("general.name", "?"), "general.architecture is missing");
        assertRefused(new GgufWriter().set("general.architecture", "llama"), "llama.block_count is missing", "damaged");
        assertRefused(network("llama").set("llama.block_count", 0), "num_hidden_layers is 0");
        assertRefused(network("llama").set("llama.attention.head_count", 0), "num_attention_heads is 0");
        assertRefused(network("llama").set("llama.attention.head_count", 5), "llama.attention.key_length is missing");
        assertRefused(network("llama").set("llama.context_length", -1L), "max_position_embeddings is -1");
        assertRefused(network("llama").set("llama.context_length", 1L << 40), "llama.context_length", "32 bits");
        assertRefused(network("llama").set("llama.context_length", "many"), "llama.context_length is \"many\"");
        assertRefused(network("llama").set("llama.rope.freq_base", Float.NaN), "rope_theta is \"NaN\"");
        assertRefused(network("llama").set("llama.attention.layer_norm_rms_epsilon", 0f), "rms_norm_eps is 0.0");
    }

    @Test
    void refusesDivisorsOfFrequenciesThatAreNone() {
        assertRefusedModel(new float[] {1, 1, 1, 0, 1, 1, 1, 1}, "holds 0.0; divisors must be positive");
        assertRefusedModel(new float[] {1, 1, 1, Float.NaN, 1, 1, 1, 1}, "holds NaN");
        assertRefusedModel(new float[] {1, 1}, "has the type F32 and the shape [2], not F32 and [8]");
    }

    private void assertRefusedModel(float[] divisors, String message) {
        Path file = network("llama")
                .tensor("rope_freqs.weight", divisors, divisors.length)
                .write(folder.resolve("tiny.gguf"));
        GgufFile gguf = GgufFile.read(file);
        assertThatThrownBy(() -> GgufModel.divided(
                        gguf, read(network("llama")).rotaries().get(0)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("tiny.gguf: tensor rope_freqs.weight", message);
    }

    private static GgufWriter network(String architecture) {
        return new GgufWriter()
                .set("general.architecture", architecture)
                .set(architecture + ".block_count", 2)
                .set(architecture + ".context_length", 512)
                .set(architecture + ".embedding_length", 64)
                .set(architecture + ".feed_forward_length", 160)
                .set(architecture + ".attention.head_count", 4)
                .set(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f)
                .tensor("token_embd.weight", new float[8 * 64], 8, 64);
    }

    private DecoderConfiguration read(GgufWriter file) {
        return DecoderConfiguration.read(GgufConfiguration.read(GgufFile.read(file.write(folder.resolve("x.gguf")))));
    }

    private void assertRefused(GgufWriter file, String... message) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("x.gguf")
                .hasMessageContainingAll(message);
    }
}

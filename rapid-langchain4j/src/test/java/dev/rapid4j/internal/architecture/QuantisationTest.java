package dev.rapid4j.internal.architecture;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.checkpoint.EditedFiles.NewTensor;
import dev.rapid4j.testing.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantised checkpoints are refused by the name of the method, with what to take instead. */
class QuantisationTest {

    private static final String QUERY = "model.layers.0.self_attn.q_proj.";

    @TempDir
    private Path folder;

    /** As Qwen, Meta, NVIDIA, unsloth, Red Hat and mlx-community publish them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'quantization_config':{'bits':4,'group_size':128,'modules_to_not_convert':null,'quant_method':'awq','version':'gemm','zero_point':true} | AWQ",
                "'quantization_config':{'bits':4,'damp_percent':0.01,'desc_act':false,'group_size':128,'quant_method':'gptq','sym':true} | GPTQ",
                "'quantization_config':{'_load_in_4bit':true,'bnb_4bit_quant_type':'nf4','load_in_4bit':true,'quant_method':'bitsandbytes'} | bitsandbytes",
                "'quantization_config':{'load_in_8bit':true} | bitsandbytes",
                "'quantization_config':{'config_groups':{},'format':'pack-quantized','quant_method':'compressed-tensors'} | compressed-tensors",
                "'compression_config':{'config_groups':{},'format':'int-quantized','quant_method':'compressed-tensors'} | compressed-tensors",
                "'quantization_config':{'modules_to_not_convert':['lm_head'],'quant_method':'mxfp4'} | MXFP4",
                "'quantization_config':{'quant_algo':'NVFP4','producer':{'name':'modelopt'},'quant_method':'modelopt'} | ModelOpt",
                "'quantization':{'group_size':64,'bits':4},'quantization_config':{'group_size':64,'bits':4} | MLX",
                "'quantization':{'group_size':64,'bits':4} | MLX",
                "'quantization_config':{'quant_method':'vptq'} | vptq",
                "'quantization_config':{} | an unknown method",
                "'quantization_config':7 | an unknown method",
            })
    void namesTheMethodOfTheConfiguration(String fields, String method) throws IOException {
        EditedFiles.copyGolden("qwen2-tiny", folder);
        EditedFiles.edit(
                folder.resolve("config.json"), json -> json.setAll((ObjectNode) EditedFiles.json("{" + fields + "}")));
        assertRefused("config.json: ", method);
    }

    @ParameterizedTest
    @CsvSource({
        "GPTQ, qweight, I32, qweight qzeros scales g_idx",
        "AWQ, qweight, I32, qweight qzeros scales",
        "bitsandbytes, weight, U8, weight.absmax weight.quant_map weight.quant_state.bitsandbytes__nf4",
        "bitsandbytes, weight, I8, SCB weight_format",
        "MLX, weight, U32, scales biases",
        "NVFP4, weight, U8, weight_scale weight_scale_2 input_scale",
        "compressed-tensors, weight_packed, I32, weight_packed weight_scale weight_shape",
        "compressed-tensors, weight, I8, weight_scale",
        "FP8, weight, F8_E5M2, weight_scale",
    })
    void namesTheMethodWhereOnlyTensorsShowIt(String method, String weight, String type, String others)
            throws IOException {
        EditedFiles.copyGolden("qwen2-tiny", folder);
        Path file = folder.resolve("model.safetensors");
        EditedFiles.editHeader(file, header -> {
            ObjectNode entry = (ObjectNode) header.remove(QUERY + "weight");
            header.set(QUERY + weight, entry.put("dtype", type));
        });
        for (String other : others.split(" ")) {
            if (!other.equals(weight)) {
                EditedFiles.addTensors(file, new NewTensor(QUERY + other, "U8", new long[] {0}, new byte[0]));
            }
        }
        assertRefused("the weight " + QUERY + "weight is quantised", method);
    }

    /** Blocks of other rows and columns, or no scales at all, would make other weights of the same numbers. */
    @ParameterizedTest
    @ValueSource(strings = {"'weight_block_size':[64,64]", "'weight_block_size':null"})
    void refusesFloat8WhoseScalesAreNotThoseDescribed(String field) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Golden.path("fp8/blocks").resolve(file), folder.resolve(file));
        }
        EditedFiles.edit(
                folder.resolve("config.json"),
                json -> ((ObjectNode) json.get("quantization_config"))
                        .setAll((ObjectNode) EditedFiles.json("{" + field + "}")));
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("is quantised", "quantised with FP8 are not supported");
    }

    /** What was quantised and then merged may keep its scales: weights that can be used are. */
    @Test
    void takesFloatWeightsWhateverLiesBesideThem() throws IOException {
        EditedFiles.copyGolden("qwen2-tiny", folder);
        EditedFiles.addTensors(
                folder.resolve("model.safetensors"),
                new NewTensor(QUERY + "weight_scale", "F32", new long[] {1}, new byte[4]));
        Checkpoint.open(folder);
    }

    private void assertRefused(String where, String method) {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(where)
                .hasMessageContaining(
                        "quantised with %s are not supported, take a GGUF file of the same model, or the original",
                        method);
    }
}

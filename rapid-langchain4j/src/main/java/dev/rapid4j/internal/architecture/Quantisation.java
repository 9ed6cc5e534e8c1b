package dev.rapid4j.internal.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.weights.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a checkpoint was quantised, to refuse it by name: outside GGUF no method is supported. */
final class Quantisation {

    /** Where {@code config.json} says so: transformers, llm-compressor in its beginnings, and MLX. */
    private static final List<String> FIELDS = List.of("quantization_config", "compression_config", "quantization");

    /** Those that their makers write otherwise than {@code quant_method} does. */
    private static final Map<String, String> METHODS = Map.of(
            "awq", "AWQ",
            "gptq", "GPTQ",
            "fp8", "FP8",
            "fbgemm_fp8", "FP8",
            "mxfp4", "MXFP4",
            "nvfp4", "NVFP4",
            "modelopt", "ModelOpt",
            "auto-round", "AutoRound",
            "hqq", "HQQ");

    /**
     * What shows a method where only the tensors do.
     *
     * @param type what the type of the weight begins with
     * @param beside a tensor of the same layer; empty for none
     */
    private record Trace(String method, String type, String beside) {}

    /** The first that is found holds: later ones are also found with methods before them. */
    private static final List<Trace> TRACES = List.of(
            new Trace("GPTQ", "", "g_idx"),
            new Trace("AWQ", "", "qweight"),
            new Trace("bitsandbytes", "", "weight.absmax"),
            new Trace("bitsandbytes", "", "SCB"),
            new Trace("MLX", "U32", "scales"),
            new Trace("NVFP4", "", "weight_scale_2"),
            new Trace("compressed-tensors", "", "weight_packed"),
            new Trace("FP8", "F8_", ""),
            new Trace("compressed-tensors", "I8", "weight_scale"));

    private Quantisation() {}

    /** What transformers calls the method with which the weights were quantised; empty for none. */
    static String method(JsonFile config) {
        return config.root().path(FIELDS.get(0)).path("quant_method").asText();
    }

    /** @throws CheckpointException if the configuration says that the weights are quantised */
    static void refuse(JsonFile config, NetworkKind kind) {
        for (String field : FIELDS) {
            if (config.has(field)) {
                throw config.invalid(field, advice(method(field, config.root().path(field)), kind));
            }
        }
    }

    private static String method(String field, JsonNode description) {
        String method = description.path("quant_method").asText();
        if (!method.isEmpty()) {
            return METHODS.getOrDefault(method, JsonFile.abbreviate(method));
        }
        // older versions of bitsandbytes, and MLX, do not name themselves
        if (description.has("load_in_8bit") || description.has("load_in_4bit")) {
            return "bitsandbytes";
        }
        return field.equals("quantization") || description.has("group_size") ? "MLX" : "an unknown method";
    }

    /**
     * Why a weight is missing, or not as it should be, where quantisation is the reason.
     *
     * @param tensors of the checkpoint, by name
     * @param name of the weight
     */
    static Optional<String> reason(Map<String, Tensor> tensors, String name, NetworkKind kind) {
        String layer = name.substring(0, name.lastIndexOf('.') + 1);
        String type = tensors.containsKey(name) ? tensors.get(name).type() : "";
        return TRACES.stream()
                .filter(trace -> type.startsWith(trace.type()))
                .filter(trace -> trace.beside().isEmpty() || tensors.containsKey(layer + trace.beside()))
                .findFirst()
                .map(trace -> advice(trace.method(), kind));
    }

    private static String advice(String method, NetworkKind kind) {
        return "checkpoints quantised with %s are not supported, take %sthe original in bfloat16, float16 or float32"
                .formatted(method, kind == NetworkKind.DECODER ? "a GGUF file of the same model, or " : "");
    }
}

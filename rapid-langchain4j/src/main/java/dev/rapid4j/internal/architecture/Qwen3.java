package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.architecture.DecoderConfiguration.QueryKeyNorm;
import dev.rapid4j.internal.json.JsonFile;
import java.util.OptionalInt;

/** Qwen3, the dense ones. */
record Qwen3() implements Architecture {

    @Override
    public String modelType() {
        return "qwen3";
    }

    @Override
    public String className() {
        return "Qwen3ForCausalLM";
    }

    @Override
    public QueryKeyNorm queryKeyNorm(JsonFile config) {
        return QueryKeyNorm.HEAD;
    }

    @Override
    public OptionalInt headDimension() {
        return OptionalInt.of(128);
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return Qwen2.hasWindowsInQwen(config);
    }

    @Override
    public boolean slides(JsonFile config, int layer) {
        return Qwen2.slidesInQwen(config, layer);
    }
}

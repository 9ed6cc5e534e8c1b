package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.json.JsonFile;

/**
 * Mistral 7B and its successors.
 *
 * @param inTurns whether it is Ministral, of whose layers some may have full attention
 */
record Mistral(boolean inTurns) implements Architecture {

    @Override
    public String modelType() {
        return inTurns ? "ministral" : "mistral";
    }

    @Override
    public String className() {
        return inTurns ? "MinistralForCausalLM" : "MistralForCausalLM";
    }

    @Override
    public boolean readsBiases() {
        return false;
    }

    @Override
    public boolean hasWindows(JsonFile config) {
        return Architecture.windowIsNotNull(config);
    }

    @Override
    public boolean readsLayerTypes() {
        return inTurns;
    }
}

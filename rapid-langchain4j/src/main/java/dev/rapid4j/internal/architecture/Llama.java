package dev.rapid4j.internal.architecture;

/** Llama 2 and 3. */
record Llama() implements Architecture {

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public String className() {
        return "LlamaForCausalLM";
    }
}

package dev.rapid4j.samples.lighthouse;

import java.nio.file.Path;
import java.util.List;

/**
 * The lighthouse model: a Llama checkpoint of 3.1 million parameters that quotes entries from a
 * {@link LighthouseRegister}, and knows nothing else.
 */
public final class LighthouseModel {

    static final BundledModel BUNDLED = new BundledModel(
            "lighthouse",
            List.of(
                    "config.json",
                    "generation_config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "model.safetensors"));

    private LighthouseModel() {}

    /**
     * The checkpoint's folder, laid out as Hugging Face publishes models.
     *
     * <p>Where the class comes from a jar, the files are copied into the user's cache folder, once; copies found there
     * are compared with the jar's before they are trusted. Where that folder cannot be used, the copy lives in a
     * private temporary folder as long as the process.
     */
    public static Path directory() {
        return BUNDLED.directory();
    }
}

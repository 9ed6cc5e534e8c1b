package dev.rapid4j.samples.lighthouse;

import java.nio.file.Path;
import java.util.List;

/**
 * The lighthouse embedding model: an XLM-RoBERTa encoder of 0.75 million parameters with the three views of BGE-M3
 * (dense, lexical and multi-vector, 128 dimensions, up to 512 tokens), which finds passages of a
 * {@link LighthouseRegister} and knows nothing else.
 */
public final class LighthouseEmbedding {

    static final BundledModel BUNDLED = new BundledModel(
            "lighthouse-embedding",
            List.of(
                    "config.json",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "pytorch_model.bin",
                    "sparse_linear.pt",
                    "colbert_linear.pt",
                    "modules.json",
                    "sentence_bert_config.json",
                    "1_Pooling/config.json"));

    private LighthouseEmbedding() {}

    /**
     * The model's folder, laid out as BAAI/bge-m3 is published; copied from a jar like
     * {@link LighthouseModel#directory()}.
     */
    public static Path directory() {
        return BUNDLED.directory();
    }
}

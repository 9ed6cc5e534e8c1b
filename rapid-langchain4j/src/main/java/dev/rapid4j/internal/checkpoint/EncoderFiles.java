package dev.rapid4j.internal.checkpoint;

import java.util.List;
import java.util.stream.Stream;

/** Names of the files that only text encoders have. */
final class EncoderFiles {

    /** Of sentence-transformers: what follows the network. */
    static final String MODULES = "modules.json";

    static final String POOLING_FOLDER = "1_Pooling";
    static final String POOLING = POOLING_FOLDER + "/config.json";

    /** Of sentence-transformers: layers behind the pooling. */
    static final List<String> PROJECTION_FOLDERS = List.of("2_Dense", "3_Dense");

    /** Of sentence-transformers: the tokens whose logits are a score. */
    static final String LOGIT_SCORE = "1_LogitScore/config.json";

    /** Of sentence-transformers: the longest text. */
    static final String SENTENCE_LENGTH = "sentence_bert_config.json";

    /** Of sentence-transformers: what is put before a question or a document. */
    static final String PROMPTS = "config_sentence_transformers.json";

    /** Of BGE-M3: the projections to lexical weights and to the vectors of the tokens. */
    static final String LEXICAL_HEAD = "sparse_linear.pt";

    static final String TOKEN_HEAD = "colbert_linear.pt";

    private EncoderFiles() {}

    static List<String> all() {
        return Stream.concat(
                        Stream.of(
                                "tokenizer_config.json",
                                MODULES,
                                POOLING,
                                LOGIT_SCORE,
                                SENTENCE_LENGTH,
                                PROMPTS,
                                LEXICAL_HEAD,
                                TOKEN_HEAD),
                        PROJECTION_FOLDERS.stream()
                                .flatMap(folder -> Stream.of("config.json", "model.safetensors", "pytorch_model.bin")
                                        .map(file -> folder + "/" + file)))
                .toList();
    }
}

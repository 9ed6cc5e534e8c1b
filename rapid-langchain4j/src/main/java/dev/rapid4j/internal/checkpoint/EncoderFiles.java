package dev.rapid4j.internal.checkpoint;

/** Names of the files that only text encoders have. */
final class EncoderFiles {

    /** Of sentence-transformers: what follows the network. */
    static final String MODULES = "modules.json";

    static final String POOLING_FOLDER = "1_Pooling";
    static final String POOLING = POOLING_FOLDER + "/config.json";

    /** Of sentence-transformers: the longest text. */
    static final String SENTENCE_LENGTH = "sentence_bert_config.json";

    /** Of BGE-M3: the projections to lexical weights and to the vectors of the tokens. */
    static final String LEXICAL_HEAD = "sparse_linear.pt";

    static final String TOKEN_HEAD = "colbert_linear.pt";

    private EncoderFiles() {}
}

package dev.rapid4j.checkpoint;

import java.util.List;

/** What a checkpoint consists of, its weights apart. */
enum CheckpointKind {
    DECODER(List.of(
            "generation_config.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")),
    ENCODER(List.of(
            "tokenizer_config.json",
            EncoderFiles.MODULES,
            EncoderFiles.POOLING,
            EncoderFiles.SENTENCE_LENGTH,
            EncoderFiles.LEXICAL_HEAD,
            EncoderFiles.TOKEN_HEAD));

    /** Without these there is no checkpoint. */
    static final List<String> NEEDED = List.of("config.json", "tokenizer.json");

    private final List<String> optional;

    CheckpointKind(List<String> optional) {
        this.optional = optional;
    }

    /** Read where they are, some in a folder of their own. */
    List<String> optional() {
        return optional;
    }
}

package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.weights.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a language model is read from, in the terms of transformers: its {@code config.json}, and its tensors by the
 * names that they have there.
 */
sealed interface ModelFiles permits PublishedModel, GgufModel {

    /** The folder or the file, absolute. */
    Path path();

    /** How the model is called where nobody calls it otherwise. */
    String name();

    JsonFile config();

    /** @throws CheckpointException if {@link #config} describes something that is not supported */
    default DecoderConfiguration configuration() {
        return DecoderConfiguration.read(config());
    }

    Map<String, Tensor> tensors();

    /**
     * The tokens that end an answer.
     *
     * @throws CheckpointException if one is not in the vocabulary
     */
    Set<Integer> endTokens(int vocabularySize);

    Optional<ChatTemplateSource> chatTemplate();

    /** Loads the tokenizer; the caller closes it. */
    Tokenizer openTokenizer(int vocabularySize);
}

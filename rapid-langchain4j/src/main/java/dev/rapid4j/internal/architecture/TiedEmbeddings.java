package dev.rapid4j.internal.architecture;

import dev.rapid4j.internal.weights.Tensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of {@code tie_word_embeddings} where the weights say otherwise: as in transformers 5
 * ({@code PreTrainedModel.tie_weights}) they have the last word.
 */
final class TiedEmbeddings {

    private static final String EMBEDDING = DecoderNetwork.EMBEDDING;
    private static final String HEAD = DecoderNetwork.HEAD;

    private static final Logger LOG = LoggerFactory.getLogger(TiedEmbeddings.class);

    private TiedEmbeddings() {}

    /** The configuration with untied embeddings if the weights have a head that is not the embedding table. */
    static DecoderConfiguration resolve(DecoderConfiguration configuration, Map<String, Tensor> tensors, Path config) {
        Tensor embedding = tensors.get(EMBEDDING);
        Tensor head = tensors.get(HEAD);
        if (!configuration.tiedEmbeddings() || embedding == null || head == null || embedding.hasSameElementsAs(head)) {
            return configuration;
        }
        LOG.warn(
                "{}: tie_word_embeddings is true, but the weights have an {} that differs from {}; it is used, as in"
                        + " transformers 5. Set tie_word_embeddings to false",
                config,
                HEAD,
                EMBEDDING);
        return configuration.withTiedEmbeddings(false);
    }

    /** The tensors, among which a head that is tied stands for an embedding table that is not there. */
    static Map<String, Tensor> withEmbedding(DecoderConfiguration configuration, Map<String, Tensor> tensors) {
        if (!configuration.tiedEmbeddings() || tensors.containsKey(EMBEDDING) || !tensors.containsKey(HEAD)) {
            return tensors;
        }
        Map<String, Tensor> completed = new HashMap<>(tensors);
        completed.put(EMBEDDING, tensors.get(HEAD));
        return completed;
    }
}

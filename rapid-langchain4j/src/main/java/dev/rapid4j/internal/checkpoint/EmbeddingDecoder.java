package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.DecoderNetwork;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * An embedding model that is a decoder-only network (Qwen3-Embedding): of a text it gives the hidden state of the last
 * token.
 *
 * @param normalized whether vectors are to be brought to length 1
 */
public record EmbeddingDecoder(
        Path directory,
        String name,
        Supplier<Tokenizer> tokenizer,
        Checkpoint model,
        int maxTokens,
        boolean normalized,
        SentencePrompts prompts)
        implements EmbeddingCheckpoint {

    static EmbeddingDecoder read(CheckpointFolder folder) {
        PublishedModel network = network(folder);
        SentenceModules modules = modules(folder);
        Checkpoint model = new Checkpoint(withHead(network));
        int vocabularySize = model.configuration().vocabularySize();
        return new EmbeddingDecoder(
                folder.directory(),
                folder.name(),
                () -> folder.openTokenizer(vocabularySize, Tokenizer.Network.ENCODER),
                model,
                EncoderConfigurationReader.maxTokens(
                        folder, model.configuration().contextLength()),
                modules.normalized(),
                SentencePrompts.read(folder));
    }

    /**
     * The network, whatever class it was saved as.
     *
     * @throws CheckpointException if it is no embedding model, or one that is not supported
     */
    static PublishedModel network(CheckpointFolder folder) {
        JsonFile config = folder.config();
        for (JsonNode className : config.root().path("architectures")) {
            if (!className.asText().endsWith("ForCausalLM")
                    && !className.asText().endsWith("Model")) {
                throw config.invalid("architectures", "supported for embedding are …ForCausalLM and …Model");
            }
        }
        if (!config.flag("is_causal", true)) {
            throw config.invalid("is_causal", "supported are decoders in which a token sees those before it");
        }
        if (config.flag("use_bidirectional_attention", false)) {
            throw config.invalid(
                    "use_bidirectional_attention", "supported are decoders in which a token sees those before it");
        }
        modules(folder);
        ObjectNode network = config.root().deepCopy();
        network.remove("architectures");
        return new PublishedModel(folder, new JsonFile(config.file(), network));
    }

    private static SentenceModules modules(CheckpointFolder folder) {
        SentenceModules modules = SentenceModules.read(folder)
                .orElseThrow(() -> new CheckpointException(
                        ("%s describes a language model, and there is no %s that would make it an embedding model; take"
                                        + " one that has been trained for that, such as Qwen/Qwen3-Embedding-0.6B")
                                .formatted(folder.file("config.json"), EncoderFiles.MODULES)));
        if (modules.pooling() != Pooling.LAST || !modules.projections().isEmpty()) {
            throw new CheckpointException(
                    "%s: supported for a network in which a token sees those before it is the last token's vector (lasttoken) without further layers"
                            .formatted(folder.file(EncoderFiles.POOLING)));
        }
        return modules;
    }

    /** An embedding model needs no head, and many have none; the program takes the embedding table for one. */
    private static PublishedModel withHead(PublishedModel model) {
        if (model.tensors().containsKey(DecoderNetwork.HEAD)) {
            return model;
        }
        ObjectNode tied = model.config().root().deepCopy();
        tied.put("tie_word_embeddings", true);
        return new PublishedModel(model.folder(), new JsonFile(model.config().file(), tied));
    }

    @Override
    public EmbeddingDecoder withPooling(Pooling pooling) {
        if (pooling != Pooling.LAST) {
            throw new IllegalArgumentException(
                    "%s cannot be pooled by %s: of a network in which a token sees those before it only LAST is supported"
                            .formatted(name, pooling));
        }
        return this;
    }

    @Override
    public Tokenizer openTokenizer() {
        return tokenizer.get();
    }

    @Override
    public String toString() {
        return name;
    }
}

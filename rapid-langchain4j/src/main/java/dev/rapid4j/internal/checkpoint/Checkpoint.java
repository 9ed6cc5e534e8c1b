package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderConfiguration;
import dev.rapid4j.internal.architecture.DecoderNetwork;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.ollama.OllamaStore;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.weights.WeightEntry;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** A language model on the disk, read and checked but for the weights themselves. */
public final class Checkpoint {

    private final ModelFiles files;
    private final DecoderNetwork network;
    private final Set<Integer> endTokens;
    private final Optional<ChatTemplateSource> chatTemplate;

    Checkpoint(ModelFiles files) {
        this.files = files;
        this.network = DecoderNetwork.find(files.config(), files.configuration(), files.tensors(), files.path());
        this.endTokens = files.endTokens(network.configuration().vocabularySize());
        this.chatTemplate = files.chatTemplate();
    }

    /**
     * Opens a folder as Hugging Face publishes them, a GGUF file (one of its parts if it was split), or a folder with
     * one GGUF model.
     *
     * @throws CheckpointException if a file is missing, damaged, does not fit the others, or describes something that
     *     is not supported, or if a folder has several GGUF models
     */
    public static Checkpoint open(Path path) {
        return new Checkpoint(ModelSource.of(path));
    }

    /**
     * Opens a folder or a file if there is one of this name; else a model of Ollama's; else one of the hub, from the
     * cache, or downloaded into it.
     *
     * @param name a path; {@code ollama:model:tag}; or {@code organisation/name}, {@code organisation/name@revision},
     *     and with {@code :file.gguf} or {@code :type} behind it a GGUF model of that repository
     * @throws CheckpointException as {@link #open(Path)}, or if the model cannot be had
     */
    public static Checkpoint open(String name, HubFiles hub) {
        return open(name, hub, OllamaStore::fromEnvironment);
    }

    static Checkpoint open(String name, HubFiles hub, Supplier<OllamaStore> ollama) {
        return ModelSource.read(name, hub, ollama, Checkpoint::new);
    }

    /** The folder or the GGUF file, absolute. */
    public Path path() {
        return files.path();
    }

    /** How it is called: by the name of its folder or file, or as Ollama or the hub call it. */
    public String name() {
        return files.name();
    }

    public DecoderConfiguration configuration() {
        return network.configuration();
    }

    /**
     * Where each weight of the network lies, by the tensor's name. Tensors that it does not need are not among them.
     */
    public Map<String, WeightEntry> weights() {
        return network.weights();
    }

    /** Where each weight of the network lies, by the field that it fills in the network's program. */
    public Map<String, WeightEntry> fields() {
        return network.fields();
    }

    /** The tokens that end an answer. */
    public Set<Integer> endTokens() {
        return endTokens;
    }

    /** The chat template, which base models do not have. */
    public Optional<ChatTemplateSource> chatTemplate() {
        return chatTemplate;
    }

    /**
     * Loads the tokenizer; the caller closes it.
     *
     * @throws CheckpointException if it is missing or damaged, or has ids beyond the vocabulary of the network
     */
    public Tokenizer openTokenizer() {
        return files.openTokenizer(network.configuration().vocabularySize());
    }

    @Override
    public String toString() {
        return files.name();
    }
}

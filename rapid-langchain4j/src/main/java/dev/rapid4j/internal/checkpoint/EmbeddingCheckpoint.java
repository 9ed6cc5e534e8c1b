package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.DecoderNetwork;
import dev.rapid4j.internal.architecture.EncoderNetwork;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.json.JsonFile;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.nio.file.Path;

/** A folder with an embedding model as Hugging Face publishes them. */
public sealed interface EmbeddingCheckpoint permits EncoderCheckpoint, EmbeddingDecoder {

    /**
     * Opens a folder.
     *
     * @throws CheckpointException if a file is missing, damaged, does not fit the others, or describes something that
     *     is not supported
     */
    static EmbeddingCheckpoint open(Path directory) {
        refuseGguf(directory.toString(), EncoderTask.EMBEDDING);
        return read(CheckpointFolder.of(directory));
    }

    /**
     * Opens a folder if there is one of this name, else a model of the hub: from the cache, or downloaded into it.
     *
     * @param directoryOrId a path, or {@code organisation/name}, or {@code organisation/name@revision}
     * @throws CheckpointException as {@link #open(Path)}, or if the model cannot be had from the hub
     */
    static EmbeddingCheckpoint open(String directoryOrId, HubFiles hub) {
        refuseGguf(directoryOrId, EncoderTask.EMBEDDING);
        return CheckpointFolder.read(directoryOrId, hub, CheckpointKind.ENCODER, EmbeddingCheckpoint::read);
    }

    private static EmbeddingCheckpoint read(CheckpointFolder folder) {
        String modelType = folder.config().text("model_type", "");
        boolean decoder = !EncoderNetwork.isKnown(modelType) && DecoderNetwork.isKnown(modelType);
        return decoder ? EmbeddingDecoder.read(folder) : EncoderCheckpoint.read(folder, EncoderTask.EMBEDDING);
    }

    static void refuseGguf(String name, EncoderTask task) {
        if (ModelSource.namesGguf(name)) {
            throw new CheckpointException(
                    Problem.NOT_FOUND,
                    ("\"%s\" cannot be %s: those are read as Hugging Face publishes them, from a folder or"
                                    + " from the hub (organisation/name), and neither from GGUF files nor from Ollama's store")
                            .formatted(
                                    JsonFile.abbreviate(name),
                                    task == EncoderTask.SCORING ? "a scoring model" : "an embedding model"),
                    null);
        }
    }

    /** The folder, absolute. */
    Path directory();

    /** The folder's name, or {@code organisation/name} of the hub. */
    String name();

    /** Most tokens of a text, control tokens included. */
    int maxTokens();

    /** What it was trained to see before a text. */
    SentencePrompts prompts();

    /**
     * The same checkpoint with another pooling than its files say.
     *
     * @throws IllegalArgumentException if its network has no such one
     */
    EmbeddingCheckpoint withPooling(Pooling pooling);

    /**
     * Loads the tokenizer; the caller closes it.
     *
     * @throws CheckpointException if {@code tokenizer.json} is missing or damaged, or has ids beyond the vocabulary of
     *     the network
     */
    Tokenizer openTokenizer();
}

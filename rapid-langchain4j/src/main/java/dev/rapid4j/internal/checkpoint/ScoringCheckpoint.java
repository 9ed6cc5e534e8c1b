package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.DecoderNetwork;
import dev.rapid4j.internal.architecture.EncoderNetwork;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import java.nio.file.Path;

/** A folder with a reranker as Hugging Face publishes them. */
public sealed interface ScoringCheckpoint permits EncoderCheckpoint, PairDecoderCheckpoint {

    /**
     * Opens a folder.
     *
     * @throws CheckpointException if a file is missing, damaged, does not fit the others, or describes something that
     *     is not supported
     */
    static ScoringCheckpoint open(Path directory) {
        EmbeddingCheckpoint.refuseGguf(directory.toString(), EncoderTask.SCORING);
        return read(CheckpointFolder.of(directory));
    }

    /**
     * Opens a folder if there is one of this name, else a model of the hub: from the cache, or downloaded into it.
     *
     * @param directoryOrId a path, or {@code organisation/name}, or {@code organisation/name@revision}
     * @throws CheckpointException as {@link #open(Path)}, or if the model cannot be had from the hub
     */
    static ScoringCheckpoint open(String directoryOrId, HubFiles hub) {
        EmbeddingCheckpoint.refuseGguf(directoryOrId, EncoderTask.SCORING);
        return CheckpointFolder.read(directoryOrId, hub, CheckpointKind.ENCODER, ScoringCheckpoint::read);
    }

    private static ScoringCheckpoint read(CheckpointFolder folder) {
        String modelType = folder.config().text("model_type", "");
        boolean decoder = !EncoderNetwork.isKnown(modelType) && DecoderNetwork.isKnown(modelType);
        return decoder ? PairDecoderCheckpoint.read(folder) : EncoderCheckpoint.read(folder, EncoderTask.SCORING);
    }

    /** The folder's name, or {@code organisation/name} of the hub. */
    String name();

    /** Most tokens of a pair, control tokens included. */
    int maxTokens();

    /**
     * Loads the tokenizer; the caller closes it.
     *
     * @throws CheckpointException if {@code tokenizer.json} is missing or damaged, or has ids beyond the vocabulary of
     *     the network
     */
    Tokenizer openTokenizer();
}

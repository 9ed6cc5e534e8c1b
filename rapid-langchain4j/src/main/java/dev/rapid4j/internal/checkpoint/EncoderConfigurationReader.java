package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.Pooling;
import dev.rapid4j.internal.architecture.ConfigurationChecks;
import dev.rapid4j.internal.architecture.EncoderConfiguration;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Output;
import dev.rapid4j.internal.architecture.EncoderConfiguration.Projection;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.Optional;

/** Reads what sentence-transformers adds to a text encoder; anything it does not know it refuses. */
final class EncoderConfigurationReader {

    private final CheckpointFolder folder;
    private final JsonFile config;
    private final EncoderTask task;
    private final boolean bgeM3;

    private EncoderConfigurationReader(CheckpointFolder folder, EncoderTask task, boolean bgeM3) {
        this.folder = folder;
        this.config = folder.config();
        this.task = task;
        this.bgeM3 = bgeM3;
    }

    /** @param bgeM3 whether the checkpoint has one of BGE-M3's heads */
    static EncoderConfiguration read(CheckpointFolder folder, EncoderTask task, boolean bgeM3) {
        return new EncoderConfigurationReader(folder, task, bgeM3).read();
    }

    private EncoderConfiguration read() {
        EncoderConfiguration described = EncoderConfiguration.read(config, task);
        EncoderConfiguration network =
                task == EncoderTask.SCORING ? described : described.withOutput(described.maxTokens(), output());
        int width = network.hiddenSize();
        for (Projection projection : network.output().projections()) {
            JsonFile file = JsonFile.readAsPython(folder.file(projection.folder() + "/config.json"));
            if (projection.inputs() != width) {
                throw file.invalid("in_features", "what comes before has %d".formatted(width));
            }
            width = projection.outputs();
        }
        return network.withOutput(maxTokens(folder, network.maxTokens()), network.output());
    }

    /** What a network and its tokenizer allow, start and end token included. */
    static int maxTokens(CheckpointFolder folder, int most) {
        Optional<JsonFile> sentences = folder.optional(EncoderFiles.SENTENCE_LENGTH);
        if (sentences.isPresent() && sentences.get().flag("do_lower_case", false)) {
            throw sentences.get().invalid("do_lower_case", "supported are tokenizers that see to that themselves");
        }
        if (sentences.isPresent() && sentences.get().has("max_seq_length")) {
            int length = sentences.get().positive("max_seq_length", ConfigurationChecks.MAX_CONTEXT);
            if (length < EncoderConfiguration.MIN_TOKENS) {
                throw sentences.get().invalid("max_seq_length", "that leaves no room for a text");
            }
            return Math.min(most, length);
        }
        // where a tokenizer knows no limit, transformers writes 10^30
        return folder.optional("tokenizer_config.json")
                .map(file -> file.root().path("model_max_length"))
                .filter(length -> length.isInt() && length.intValue() >= EncoderConfiguration.MIN_TOKENS)
                .map(length -> Math.min(most, length.intValue()))
                .orElse(most);
    }

    private Output output() {
        Optional<SentenceModules> modules = SentenceModules.read(folder);
        if (modules.isEmpty()) {
            return new Output(bgeM3 ? Pooling.CLS : Pooling.MEAN, List.of(), true, Optional.empty());
        }
        SentenceModules read = modules.get();
        if (read.pooling() == Pooling.LAST) {
            throw JsonFile.readAsPython(folder.file(EncoderFiles.POOLING))
                    .invalid("pooling_mode_lasttoken", "supported for encoders are cls and mean");
        }
        return new Output(read.pooling(), read.projections(), read.normalized(), Optional.empty());
    }
}

package dev.rapid4j.internal.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.Pooling;
import dev.rapid4j.internal.checkpoint.EncoderConfiguration.Output;
import dev.rapid4j.internal.checkpoint.EncoderConfiguration.Projection;
import dev.rapid4j.internal.json.JsonFile;
import java.util.List;
import java.util.Optional;

/**
 * Reads the {@code config.json} of a text encoder and what sentence-transformers adds to it; anything it does not know
 * it refuses.
 */
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
        EncoderArchitecture architecture = EncoderArchitecture.of(config, task);
        Quantisation.refuse(config, CheckpointKind.ENCODER);
        for (String name : List.of("is_decoder", "add_cross_attention", "is_encoder_decoder")) {
            if (config.flag(name, false)) {
                throw config.invalid(name, "supported are encoders");
            }
        }
        EncoderConfiguration network =
                architecture.configuration(config, task == EncoderTask.SCORING ? scorer() : output());
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
            if (length < EncoderArchitecture.MIN_TOKENS) {
                throw sentences.get().invalid("max_seq_length", "that leaves no room for a text");
            }
            return Math.min(most, length);
        }
        // where a tokenizer knows no limit, transformers writes 10^30
        return folder.optional("tokenizer_config.json")
                .map(file -> file.root().path("model_max_length"))
                .filter(length -> length.isInt() && length.intValue() >= EncoderArchitecture.MIN_TOKENS)
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

    /** A reranker has a single label, for which transformers writes no name but {@code LABEL_0}. */
    private Output scorer() {
        JsonNode labels = config.root().path("id2label");
        if (labels.isObject() && labels.size() != 1) {
            throw config.invalid("id2label", "supported are rerankers, which have one label");
        }
        if (!labels.isObject() && config.positive("num_labels", ConfigurationChecks.MAX_WIDTH, 2) != 1) {
            throw config.invalid("num_labels", "supported are rerankers, which have one label");
        }
        return new Output(Pooling.CLS, List.of(), false, Optional.of(Activation.TANH));
    }
}

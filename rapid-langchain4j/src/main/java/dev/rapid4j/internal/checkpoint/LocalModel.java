package dev.rapid4j.internal.checkpoint;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.internal.architecture.EncoderTask;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.ollama.OllamaModel;
import dev.rapid4j.internal.ollama.OllamaStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model on this machine, as far as its description tells: its weights are not looked at.
 *
 * @param name by which it is opened
 * @param path the folder or the GGUF file
 * @param maxTokens most tokens of a sequence
 */
public record LocalModel(String name, Use use, Path path, int maxTokens) {

    /** What a model is for. */
    public enum Use {
        CHAT,
        EMBEDDING,
        SCORING
    }

    private static final Logger LOG = LoggerFactory.getLogger(LocalModel.class);

    /** All in the hub's cache and in Ollama's store that are of a kind and an architecture that can be opened. */
    public static List<LocalModel> all(HubFiles hub, OllamaStore ollama) {
        List<LocalModel> models = new ArrayList<>();
        hub.cachedModels().forEach((id, snapshot) -> models.addAll(ofSnapshot(id, snapshot)));
        for (OllamaModel model : ollama.models()) {
            gguf(ModelSource.OLLAMA + model.name(), model.weights()).ifPresent(models::add);
        }
        return models;
    }

    private static List<LocalModel> ofSnapshot(String id, Path snapshot) {
        List<LocalModel> models = new ArrayList<>();
        if (CheckpointKind.DECODER.isCompleteIn(snapshot)) {
            CheckpointFolder folder = new CheckpointFolder(snapshot, id, Optional.empty());
            Optional<LocalModel> encoder = readable(id, () -> encoder(id, folder, EncoderTask.EMBEDDING))
                    .or(() -> readable(id, () -> encoder(id, folder, EncoderTask.SCORING)));
            boolean embeds = Files.exists(folder.file(EncoderFiles.MODULES));
            encoder.or(() -> readable(id, () -> embeds ? embeddingDecoder(id, folder) : decoder(id, folder)))
                    .ifPresent(models::add);
        }
        for (String file : GgufNames.in(snapshot, ModelSelection.MAX_DEPTH).whole()) {
            if (GgufNames.parts(file).stream().allMatch(part -> Files.exists(snapshot.resolve(part)))) {
                gguf(id + ":" + file, snapshot.resolve(file)).ifPresent(models::add);
            }
        }
        return models;
    }

    private static LocalModel decoder(String name, CheckpointFolder folder) {
        int maxTokens = new PublishedModel(folder).configuration().contextLength();
        return new LocalModel(name, Use.CHAT, folder.directory(), maxTokens);
    }

    private static LocalModel embeddingDecoder(String name, CheckpointFolder folder) {
        int most = EmbeddingDecoder.network(folder).configuration().contextLength();
        int maxTokens = EncoderConfigurationReader.maxTokens(folder, most);
        return new LocalModel(name, Use.EMBEDDING, folder.directory(), maxTokens);
    }

    private static LocalModel encoder(String name, CheckpointFolder folder, EncoderTask task) {
        int maxTokens = EncoderConfigurationReader.read(folder, task, false).maxTokens();
        Use use = task == EncoderTask.SCORING ? Use.SCORING : Use.EMBEDDING;
        return new LocalModel(name, use, folder.directory(), maxTokens);
    }

    private static Optional<LocalModel> gguf(String name, Path file) {
        return readable(name, () -> {
            int maxTokens = GgufModel.read(file, name).configuration().contextLength();
            return new LocalModel(name, Use.CHAT, file, maxTokens);
        });
    }

    private static Optional<LocalModel> readable(String name, Supplier<LocalModel> reader) {
        try {
            return Optional.of(reader.get());
        } catch (CheckpointException e) {
            LOG.debug("{} cannot be used", name, e);
            return Optional.empty();
        }
    }
}

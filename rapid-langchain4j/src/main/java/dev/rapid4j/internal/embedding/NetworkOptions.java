package dev.rapid4j.internal.embedding;

import dev.rapid4j.ProgressListener;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.hub.HubFiles;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What a network that reads texts is loaded with.
 *
 * @param <C> its checkpoint
 * @param <B> the builder
 */
abstract sealed class NetworkOptions<C, B extends NetworkOptions<C, B>>
        permits EncoderEmbeddingModel.Builder, EncoderScoringModel.Builder {

    private final BiFunction<String, HubFiles, C> named;
    private final Function<Path, C> inFolder;
    private Function<HubFiles, C> source;
    private Optional<HubFiles> hub = Optional.empty();
    String device = "auto";
    WeightFormat weights = WeightFormat.AUTO;
    OptionalInt maxTokens = OptionalInt.empty();
    OptionalInt cpuThreads = OptionalInt.empty();
    ProgressListener loadingListener = new ProgressListener() {};

    /**
     * @param usual the model where none is given
     * @param named opens a folder or a model of the hub
     */
    NetworkOptions(String usual, BiFunction<String, HubFiles, C> named, Function<Path, C> inFolder) {
        this.named = named;
        this.inFolder = inFolder;
        this.source = hub -> named.apply(usual, hub);
    }

    abstract B self();

    C open() {
        return source.apply(hub.orElseGet(HubFiles::fromEnvironment));
    }

    public B model(String folderOrHubId) {
        if (folderOrHubId == null || folderOrHubId.isBlank()) {
            throw new IllegalArgumentException(
                    "model must be a folder or a model of the hub (organisation/name), not blank");
        }
        source = files -> named.apply(folderOrHubId, files);
        return self();
    }

    public B model(Path folder) {
        Objects.requireNonNull(folder, "model");
        source = files -> inFolder.apply(folder);
        return self();
    }

    public B hub(HubFiles hub) {
        this.hub = Optional.of(Objects.requireNonNull(hub, "hub"));
        return self();
    }

    public B device(String device) {
        this.device = Device.checkName(Objects.requireNonNull(device, "device"));
        return self();
    }

    public B weights(WeightFormat weights) {
        this.weights = Objects.requireNonNull(weights, "weights");
        return self();
    }

    public B cpuThreads(int cpuThreads) {
        this.cpuThreads = OptionalInt.of(Torch.checkThreads(cpuThreads));
        return self();
    }

    public B maxTokens(int maxTokens) {
        this.maxTokens = OptionalInt.of(maxTokens);
        return self();
    }

    /** @param listener throws nothing */
    public B loadingListener(ProgressListener listener) {
        this.loadingListener = listener;
        return self();
    }
}

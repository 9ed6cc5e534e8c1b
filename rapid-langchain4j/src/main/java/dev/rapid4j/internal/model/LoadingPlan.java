package dev.rapid4j.internal.model;

import static java.util.stream.Collectors.toMap;

import dev.rapid4j.TorchException;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.LayerPlacement.Free;
import dev.rapid4j.internal.model.LayerPlacement.Needs;
import dev.rapid4j.internal.torch.DecoderProgram.Rows;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Devices;
import dev.rapid4j.internal.torch.Torch;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Where the weights of a language model will lie, and as what, before any is read. */
public record LoadingPlan(Checkpoint checkpoint, Stages stages, NumberFormat numbers, ModelMemory memory) {

    /** Tokens that go through the network at once: enough to keep it busy, few enough for activations to stay small. */
    private static final int CHUNK_ON_CPU = 512;

    private static final int CHUNK_ON_CUDA = 2048;

    /**
     * What is asked for, on this machine at the moment.
     *
     * @param maxContextTokens most tokens of a sequence, at least 1; not more than the checkpoint has, in any case
     * @param reserved memory in bytes that another model on a device will take for its caches
     * @throws IllegalArgumentException if such a cache does not go with these weights on a device
     * @throws TorchException if the layers do not fit on several devices; whether they fit on one, loading tells
     */
    public static LoadingPlan of(
            Checkpoint checkpoint, Placement place, int maxContextTokens, Function<Device, Long> reserved) {
        WeightFormat format = AutomaticWeights.resolve(place.weights(), checkpoint, place.devices());
        NumberFormat numbers = NumberFormat.of(format, place.cache(), place.devices());
        return of(checkpoint, place.devices(), numbers, maxContextTokens, reserved);
    }

    static LoadingPlan of(
            Checkpoint checkpoint,
            Devices devices,
            NumberFormat numbers,
            int maxContextTokens,
            Function<Device, Long> reserved) {
        ModelMemory memory = ModelMemory.of(
                checkpoint.configuration(),
                numbers,
                Math.min(checkpoint.configuration().contextLength(), maxContextTokens),
                devices.areCpu() ? CHUNK_ON_CPU : CHUNK_ON_CUDA);
        return new LoadingPlan(checkpoint, stages(checkpoint, devices, memory, reserved), numbers, memory);
    }

    private static Stages stages(
            Checkpoint checkpoint, Devices devices, ModelMemory memory, Function<Device, Long> reserved) {
        if (devices.list().size() == 1) {
            return Stages.on(
                    devices.list().get(0), checkpoint.configuration().layers().size());
        }
        Map<Device, Needs> needs = devices.list().stream()
                .distinct()
                .collect(toMap(device -> device, device -> needs(checkpoint, device, memory)));
        Map<Device, Free> free = devices.list().stream()
                .distinct()
                .collect(toMap(
                        device -> device, device -> new Free(Torch.availableMemory(device), reserved.apply(device))));
        return new LayerPlacement(needs::get, free::get)
                .place(checkpoint.name() + " as " + memory.numbers().weights(), devices);
    }

    private static Needs needs(Checkpoint checkpoint, Device device, ModelMemory memory) {
        int layers = checkpoint.configuration().layers().size();
        Stages all = Stages.on(device, layers);
        WeightPlan weights = WeightPlan.of(checkpoint.fields(), all, memory.numbers());
        Rows context =
                new Rows(memory.contextLength(), memory.sliding().rows(memory.contextLength(), CacheExtent.WINDOW));
        List<Long> ofLayers = weights.layerBytes(layers);
        long embedding = weights.embeddingBytes();
        long head = weights.bytes()
                - embedding
                - ofLayers.stream().mapToLong(Long::longValue).sum();
        return new Needs(
                ofLayers,
                IntStream.range(0, layers)
                        .mapToObj(layer -> memory.cacheBytes(layer, context))
                        .toList(),
                embedding,
                head + memory.logitBytes(),
                head + memory.logitBytes() + weights.tiedHeadBytes(),
                memory.passBytes(device));
    }

    /** What becomes of the weights. */
    WeightPlan weights() {
        WeightPlan all = WeightPlan.of(checkpoint.fields(), stages, numbers);
        return checkpoint.writes() ? all : all.withoutHead();
    }
}

package dev.rapid4j;

import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.torch.Device;
import java.util.List;

/**
 * What an engine holds and does at a moment, for health checks and metrics.
 *
 * @param target the model that reads everything
 * @param drafter the model that reads the passages; the target itself, unless another was given
 * @param waitingRequests requests that wait for their turn, without those that are being answered
 * @param runningRequests requests that are being answered
 * @param cacheBytes memory that KV caches take, of running requests and of earlier ones
 * @param maxCacheBytes most memory kept in KV caches of earlier requests
 * @param diskCacheBytes bytes of files in the cache directory, as far as this process knows; 0 without one
 * @param passageCacheBytes memory that the indexes of long texts take, estimated
 */
public record EngineStatus(
        ModelStatus target,
        ModelStatus drafter,
        int waitingRequests,
        int runningRequests,
        long cacheBytes,
        long maxCacheBytes,
        long diskCacheBytes,
        long passageCacheBytes) {

    /**
     * A loaded model.
     *
     * @param name the checkpoint's
     * @param device {@code cpu}, {@code cuda:N}, or several of these with commas between
     * @param devices what lies on each of them
     * @param weights what the weights are kept in; not {@link WeightFormat#AUTO}
     * @param cache what keys and values are kept in; not {@link CacheType#AUTO}
     * @param contextLength most tokens of a prompt with its answer
     * @param weightBytes memory of the weights, without what is used memory-mapped
     * @param mappedBytes weights that are used where they lie in their files, memory-mapped
     */
    public record ModelStatus(
            String name,
            String device,
            List<DeviceStatus> devices,
            WeightFormat weights,
            CacheType cache,
            int contextLength,
            long weightBytes,
            long mappedBytes) {

        static ModelStatus of(LanguageModel model) {
            return new ModelStatus(
                    model.name(),
                    model.stages().toString(),
                    model.devices().stream()
                            .map(device -> DeviceStatus.of(model, device))
                            .toList(),
                    model.numbers().weights(),
                    CacheType.valueOf(model.numbers().cache().name()),
                    model.contextLength(),
                    model.weightBytes(),
                    model.mappedBytes());
        }
    }

    /**
     * A model's part on a device.
     *
     * @param device {@code cpu} or {@code cuda:N}
     * @param layers of the model that lie there
     * @param weightBytes memory of their weights, without what is used memory-mapped
     * @param mappedBytes weights that are used where they lie in their files, memory-mapped
     */
    public record DeviceStatus(String device, int layers, long weightBytes, long mappedBytes) {

        private static DeviceStatus of(LanguageModel model, Device device) {
            return new DeviceStatus(
                    device.toString(),
                    model.stages().layersOn(device),
                    model.weightBytes(device),
                    model.mappedBytes(device));
        }
    }
}

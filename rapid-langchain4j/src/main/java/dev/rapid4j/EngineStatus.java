package dev.rapid4j;

import dev.rapid4j.internal.model.LanguageModel;

/**
 * What an engine holds and does at a moment, for health checks and metrics.
 *
 * @param target the model that reads everything
 * @param drafter the model that reads the passages; the target itself, unless another was given
 * @param waitingRequests requests that wait for their turn, without the one that is being answered
 * @param running whether a request is being answered
 * @param cacheBytes memory that KV caches take, of the running request and of earlier ones
 * @param maxCacheBytes most memory kept in KV caches of earlier requests
 * @param passageCacheBytes memory that the indexes of long texts take, estimated
 */
public record EngineStatus(
        ModelStatus target,
        ModelStatus drafter,
        int waitingRequests,
        boolean running,
        long cacheBytes,
        long maxCacheBytes,
        long passageCacheBytes) {

    /**
     * A loaded model.
     *
     * @param name the checkpoint's
     * @param device {@code cpu} or {@code cuda:N}
     * @param weights the type of weights, activations and caches
     * @param contextLength most tokens of a prompt with its answer
     * @param weightBytes memory of the weights, without what is used memory-mapped
     */
    public record ModelStatus(String name, String device, WeightFormat weights, int contextLength, long weightBytes) {

        static ModelStatus of(LanguageModel model) {
            return new ModelStatus(
                    model.name(),
                    model.device().toString(),
                    model.numbers().weights(),
                    model.contextLength(),
                    model.weightBytes());
        }
    }
}

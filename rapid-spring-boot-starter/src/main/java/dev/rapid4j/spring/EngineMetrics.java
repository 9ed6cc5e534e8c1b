package dev.rapid4j.spring;

import dev.rapid4j.EngineStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/** What the engine holds and who waits for it; not a number while it is not loaded. */
final class EngineMetrics implements MeterBinder {

    private final RapidEngineLoader loader;

    EngineMetrics(RapidEngineLoader loader) {
        this.loader = loader;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge("rapid.queue.length", EngineStatus::waitingRequests)
                .description("Requests that wait for their turn")
                .register(registry);
        gauge("rapid.requests.running", EngineStatus::runningRequests)
                .description("Requests that are being answered")
                .register(registry);
        gauge("rapid.weights.used", EngineMetrics::weightBytes)
                .description("Memory of the weights of target and drafter, without what is used memory-mapped")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        gauge("rapid.cache.used", EngineStatus::cacheBytes)
                .description("Memory of KV caches, of running requests and of earlier ones")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        gauge("rapid.cache.max", EngineStatus::maxCacheBytes)
                .description("Most memory kept in KV caches of earlier requests")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        gauge("rapid.cache.disk.used", EngineStatus::diskCacheBytes)
                .description("Files in the cache directory, as far as this process knows")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
        gauge("rapid.passage.cache.used", EngineStatus::passageCacheBytes)
                .description("Memory of the indexes of long texts, estimated")
                .baseUnit(BaseUnits.BYTES)
                .register(registry);
    }

    private static double weightBytes(EngineStatus status) {
        boolean one = status.drafter().equals(status.target());
        return status.target().weightBytes() + (one ? 0 : status.drafter().weightBytes());
    }

    private Gauge.Builder<RapidEngineLoader> gauge(String name, ToDoubleFunction<EngineStatus> value) {
        return Gauge.builder(
                name,
                loader,
                current -> current.state() instanceof EngineState.Ready ready
                        ? value.applyAsDouble(ready.engine().status())
                        : Double.NaN);
    }
}

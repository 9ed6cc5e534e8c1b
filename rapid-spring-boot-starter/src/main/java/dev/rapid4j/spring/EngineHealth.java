package dev.rapid4j.spring;

import dev.rapid4j.EngineStatus;
import dev.rapid4j.EngineStatus.DeviceStatus;
import dev.rapid4j.EngineStatus.ModelStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What the health indicators for Spring Boot 4 and 3, whose types differ, say of an engine.
 *
 * <p>An engine that is being loaded is {@code OUT_OF_SERVICE}: a readiness group that includes it waits for the engine,
 * and liveness is not concerned. One that is loaded by the first request must not keep that request away, so it is
 * {@code UNKNOWN} until then, which counts as available.
 *
 * @param status the code of one of Spring Boot's statuses
 * @param details figures are bytes, tokens or requests where their names do not say otherwise
 */
public record EngineHealth(String status, Map<String, Object> details) {

    /** The health of an engine that is in this state. */
    public static EngineHealth of(EngineState state) {
        if (state instanceof EngineState.Ready ready) {
            return ready(ready);
        }
        Map<String, Object> details = new LinkedHashMap<>();
        if (state instanceof EngineState.Loading loading) {
            details.put("state", "loading");
            details.put("loadingTime", Duration.between(loading.since(), Instant.now()));
            return new EngineHealth("OUT_OF_SERVICE", details);
        }
        if (state instanceof EngineState.Failed failed) {
            details.put("state", "failed");
            details.put("reason", failed.reason().getMessage());
            return new EngineHealth("DOWN", details);
        }
        if (state instanceof EngineState.Closed) {
            details.put("state", "closed");
            return new EngineHealth("OUT_OF_SERVICE", details);
        }
        details.put("state", "waiting for the first request");
        return new EngineHealth("UNKNOWN", details);
    }

    private static EngineHealth ready(EngineState.Ready ready) {
        EngineStatus status = ready.engine().status();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("state", "ready");
        if (!ready.loadingTime().isZero()) {
            details.put("loadingTime", ready.loadingTime());
        }
        details.put("model", ready.engine().modelName());
        details.put("target", details(status.target()));
        details.put("drafter", details(status.drafter()));
        details.put("runningRequests", status.runningRequests());
        details.put("waitingRequests", status.waitingRequests());
        details.put("cacheBytes", status.cacheBytes());
        details.put("maxCacheBytes", status.maxCacheBytes());
        details.put("diskCacheBytes", status.diskCacheBytes());
        details.put("passageCacheBytes", status.passageCacheBytes());
        return new EngineHealth("UP", details);
    }

    private static Map<String, Object> details(ModelStatus model) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("name", model.name());
        details.put("device", model.device());
        if (model.devices().size() > 1) {
            details.put(
                    "devices",
                    model.devices().stream().map(EngineHealth::details).toList());
        }
        details.put("weights", model.weights().name().toLowerCase(Locale.ROOT));
        details.put("cache", model.cache().name().toLowerCase(Locale.ROOT));
        details.put("contextLength", model.contextLength());
        details.put("weightBytes", model.weightBytes());
        details.put("mappedBytes", model.mappedBytes());
        return details;
    }

    private static Map<String, Object> details(DeviceStatus part) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("device", part.device());
        details.put("layers", part.layers());
        details.put("weightBytes", part.weightBytes());
        details.put("mappedBytes", part.mappedBytes());
        return details;
    }
}

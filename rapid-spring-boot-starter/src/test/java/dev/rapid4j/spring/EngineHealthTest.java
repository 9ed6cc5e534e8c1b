package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rapid4j.CacheType;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** Health and gauges of an engine in each of its states. */
class EngineHealthTest {

    private static RapidEngine load() {
        return RapidEngine.builder()
                .target(LighthouseModel.directory())
                .targetWeights(WeightFormat.FLOAT32)
                .cacheType(CacheType.BFLOAT16)
                .modelName("lighthouse")
                .cacheBytes(1_000_000)
                .build();
    }

    private static RapidEngineLoader loader(LoadMode mode, Supplier<RapidEngine> load) {
        return RapidEngineLoader.loading(
                mode,
                load,
                failure -> new RapidUnavailableException(failure.getMessage(), "Do something about it.", failure));
    }

    private static EngineHealth health(RapidEngineLoader loader) {
        return EngineHealth.of(loader.state());
    }

    private static MeterRegistry meters(RapidEngineLoader loader) {
        MeterRegistry meters = new SimpleMeterRegistry();
        new EngineMetrics(loader).bindTo(meters);
        return meters;
    }

    @Test
    void anEngineThatWaitsForTheFirstRequestDoesNotKeepItAway() {
        try (RapidEngineLoader loader = loader(LoadMode.LAZY, EngineHealthTest::load)) {
            assertThat(health(loader).status()).isEqualTo("UNKNOWN");
            assertThat(health(loader).details()).containsEntry("state", "waiting for the first request");
        }
    }

    @Test
    void anEngineThatIsLoadedIsOutOfServiceAndItsGaugesHaveNoValueUntilItIsThere() {
        CountDownLatch begin = new CountDownLatch(1);
        try (RapidEngineLoader loader = loader(LoadMode.BACKGROUND, () -> {
            try {
                begin.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return load();
        })) {
            MeterRegistry meters = meters(loader);
            assertThat(health(loader).status()).isEqualTo("OUT_OF_SERVICE");
            assertThat(health(loader).details()).containsEntry("state", "loading");
            assertThat(health(loader).details()).containsKey("loadingTime");
            assertThat(meters.get("rapid.queue.length").gauge().value()).isNaN();
            assertThat(meters.get("rapid.cache.max").gauge().value()).isNaN();

            begin.countDown();
            await().until(() -> health(loader).status().equals("UP"));
            assertThat(meters.get("rapid.queue.length").gauge().value()).isZero();
            assertThat(meters.get("rapid.requests.running").gauge().value()).isZero();
            assertThat(meters.get("rapid.weights.used").gauge().value()).isPositive();
            assertThat(meters.get("rapid.cache.used").gauge().value()).isZero();
            assertThat(meters.get("rapid.cache.max").gauge().value()).isEqualTo(1_000_000);
            assertThat(meters.get("rapid.passage.cache.used").gauge().value()).isZero();
        }
    }

    @Test
    void aLoadedEngineTellsWhatItHolds() {
        try (RapidEngineLoader loader = loader(LoadMode.EAGER, EngineHealthTest::load)) {
            EngineHealth health = health(loader);

            assertThat(health.status()).isEqualTo("UP");
            assertThat(health.details())
                    .containsEntry("state", "ready")
                    .containsEntry("model", "lighthouse")
                    .containsEntry("maxCacheBytes", 1_000_000L)
                    .containsEntry("cacheBytes", 0L)
                    .containsEntry("passageCacheBytes", 0L)
                    .containsEntry("runningRequests", 0)
                    .containsEntry("waitingRequests", 0);
            assertThat((Duration) health.details().get("loadingTime")).isPositive();
            assertThat(health.details().get("drafter"))
                    .isEqualTo(health.details().get("target"));
            assertThat(health.details())
                    .extractingByKey("target", InstanceOfAssertFactories.map(String.class, Object.class))
                    .containsEntry("device", "cpu")
                    .containsEntry("weights", "float32")
                    .containsEntry("cache", "bfloat16")
                    .containsKeys("name", "contextLength", "weightBytes", "mappedBytes");
        }
    }

    @Test
    void anEngineThatCouldNotBeLoadedIsDownAndTellsWhy() {
        try (RapidEngineLoader loader = loader(LoadMode.BACKGROUND, () -> {
            throw new IllegalArgumentException("There is no model.");
        })) {
            await().until(() -> health(loader).status().equals("DOWN"));
            assertThat(health(loader).details())
                    .containsEntry("state", "failed")
                    .containsEntry("reason", "There is no model. Do something about it.");
        }
    }

    @Test
    void aClosedEngineIsOutOfServiceAndItsGaugesLetItGo() {
        RapidEngineLoader loader = loader(LoadMode.EAGER, EngineHealthTest::load);
        MeterRegistry meters = meters(loader);
        loader.close();

        assertThat(health(loader).status()).isEqualTo("OUT_OF_SERVICE");
        assertThat(health(loader).details()).containsEntry("state", "closed");
        assertThat(meters.get("rapid.cache.used").gauge().value()).isNaN();
    }
}

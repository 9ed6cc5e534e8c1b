package dev.rapid4j.spring;

import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.function.Consumer;

/** Measures requests and answers. */
final class RequestMetrics extends RequestListener {

    private final MeterRegistry registry;
    private final RapidEngineLoader loader;
    private final MeterProvider<Timer> requests;
    private final MeterProvider<Timer> timeToFirstToken;
    private final MeterProvider<DistributionSummary> tokensPerSecond;
    private final MeterProvider<DistributionSummary> acceptanceRate;
    private final MeterProvider<Counter> draftedTokens;
    private final MeterProvider<Counter> promptTokens;
    private final MeterProvider<Counter> outputTokens;
    private final MeterProvider<Counter> prefixCacheRequests;

    RequestMetrics(MeterRegistry registry, RapidEngineLoader loader) {
        this.registry = registry;
        this.loader = loader;
        requests = Timer.builder("rapid.requests")
                .description("Requests from their arrival to their end, waiting for others included")
                .withRegistry(registry);
        timeToFirstToken = Timer.builder("rapid.time.to.first.token")
                .description("From the arrival of a request to the first token of its answer")
                .withRegistry(registry);
        tokensPerSecond = DistributionSummary.builder("rapid.tokens.per.second")
                .description("Tokens of an answer in a second of decoding, reading the prompt not counted")
                .withRegistry(registry);
        acceptanceRate = DistributionSummary.builder("rapid.acceptance.rate")
                .description("Share of an answer's drafted tokens that the target accepted, 0 to 1")
                .withRegistry(registry);
        draftedTokens = Counter.builder("rapid.drafted.tokens")
                .description("Tokens that were proposed, by the drafter, by lookup, or by what the answer is held to")
                .baseUnit("tokens")
                .withRegistry(registry);
        promptTokens = Counter.builder("rapid.prompt.tokens")
                .description("Tokens of prompts, the target's and the drafter's")
                .baseUnit("tokens")
                .withRegistry(registry);
        outputTokens = Counter.builder("rapid.output.tokens")
                .description("Tokens of answers")
                .baseUnit("tokens")
                .withRegistry(registry);
        prefixCacheRequests = Counter.builder("rapid.prefix.cache.requests")
                .description("Answered requests, by whether a KV cache held the beginning of a prompt")
                .withRegistry(registry);
    }

    @Override
    Consumer<RequestEnd> begin(RapidChatRequestParameters parameters) {
        Timer.Sample sample = Timer.start(registry);
        return end -> {
            Tags tags = Tags.of("model", end.model(loader), "mode", end.mode());
            sample.stop(requests.withTags(tags.and("outcome", end.outcome(), "error", end.errorType())));
            if (end.answer() != null) {
                record(end.answer(), tags);
            }
        };
    }

    private void drafted(Tags tags, int proposed, int accepted) {
        draftedTokens.withTags(tags.and("result", "accepted")).increment(accepted);
        draftedTokens.withTags(tags.and("result", "rejected")).increment(proposed - accepted);
    }

    private void record(RapidChatResponseMetadata answer, Tags tags) {
        GenerationStatistics statistics = answer.statistics();
        if (answer.timeToFirstToken() != null) {
            timeToFirstToken.withTags(tags).record(answer.timeToFirstToken());
            tokensPerSecond.withTags(tags).record(statistics.tokensPerSecond());
        }
        if (statistics.draftedTokens() > 0) {
            acceptanceRate.withTags(tags).record(statistics.acceptanceRate());
        }
        int found = statistics.lookupDraftedTokens();
        int foundRightly = statistics.lookupAcceptedTokens();
        int given = statistics.grammarDraftedTokens();
        int givenRightly = statistics.grammarAcceptedTokens();
        drafted(tags.and("source", "lookup"), found, foundRightly);
        drafted(tags.and("source", "grammar"), given, givenRightly);
        drafted(
                tags.and("source", "drafter"),
                statistics.draftedTokens() - found - given,
                statistics.acceptedTokens() - foundRightly - givenRightly);
        int cached = statistics.cachedTokens();
        promptTokens.withTags(tags.and("source", "cache")).increment(cached);
        promptTokens
                .withTags(tags.and("source", "read"))
                .increment(statistics.targetPromptTokens() + statistics.drafterPromptTokens() - cached);
        outputTokens.withTags(tags).increment(statistics.emittedTokens());
        prefixCacheRequests
                .withTags(tags.and("result", cached > 0 ? "hit" : "miss"))
                .increment();
    }
}

package dev.rapid4j.spring;

import dev.langchain4j.model.output.TokenUsage;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.Observation.Event;
import io.micrometer.observation.ObservationRegistry;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Observes each request, a child of what its thread is observing, under the names of OpenTelemetry's semantic
 * conventions for generative AI where they have one. Texts are not observed; what a request failed with is.
 */
final class RequestObservations extends RequestListener {

    private static final String NAME = "gen_ai.client.operation";
    private static final String OPERATION = "chat";
    private static final String PROVIDER = "rapid4j";

    private final ObservationRegistry registry;
    private final RapidEngineLoader loader;

    RequestObservations(ObservationRegistry registry, RapidEngineLoader loader) {
        this.registry = registry;
        this.loader = loader;
    }

    @Override
    Consumer<RequestEnd> begin(RapidChatRequestParameters parameters) {
        Instant arrival = Instant.now();
        String model = RequestEnd.loadedModel(loader);
        Observation observation = Observation.createNotStarted(NAME, registry)
                .contextualName(OPERATION + " " + model)
                .lowCardinalityKeyValues(KeyValues.of(
                        "gen_ai.operation.name",
                        OPERATION,
                        "gen_ai.provider.name",
                        PROVIDER,
                        "gen_ai.request.model",
                        model,
                        "gen_ai.response.model",
                        RequestEnd.NONE,
                        "rapid.mode",
                        RequestEnd.NONE,
                        "rapid.outcome",
                        RequestEnd.NONE))
                .highCardinalityKeyValues(keyValues(requested(parameters)))
                .start();
        return end -> end(observation, arrival, end);
    }

    private void end(Observation observation, Instant arrival, RequestEnd end) {
        String model = end.model(loader);
        RapidChatResponseMetadata answer = end.answer();
        observation
                .contextualName(OPERATION + " " + model)
                .lowCardinalityKeyValue("gen_ai.request.model", model)
                .lowCardinalityKeyValue("gen_ai.response.model", answer == null ? RequestEnd.NONE : model)
                .lowCardinalityKeyValue("rapid.mode", end.mode())
                .lowCardinalityKeyValue("rapid.outcome", end.outcome());
        if (end.turn() != null) {
            observation.event(event("rapid.turn", "turn", end.turn()));
        }
        if (answer != null) {
            observation.highCardinalityKeyValues(keyValues(answered(answer)));
            if (answer.timeToFirstToken() != null) {
                observation.event(event("rapid.first.token", "first token", arrival.plus(answer.timeToFirstToken())));
            }
        } else if (!end.cancelled()) {
            observation.error(end.error());
        }
        observation.stop();
    }

    private static Event event(String name, String contextualName, Instant time) {
        return Event.of(name, contextualName, time.toEpochMilli());
    }

    private static Map<String, Object> requested(RapidChatRequestParameters parameters) {
        Map<String, Object> values = new TreeMap<>();
        values.put("gen_ai.request.max_tokens", parameters.maxOutputTokens());
        values.put("gen_ai.request.temperature", parameters.temperature());
        values.put("gen_ai.request.top_p", parameters.topP());
        values.put("gen_ai.request.top_k", parameters.topK());
        values.put("gen_ai.request.frequency_penalty", parameters.frequencyPenalty());
        values.put("gen_ai.request.presence_penalty", parameters.presencePenalty());
        return values;
    }

    private static Map<String, Object> answered(RapidChatResponseMetadata answer) {
        TokenUsage usage = answer.tokenUsage();
        GenerationStatistics statistics = answer.statistics();
        Map<String, Object> values = new TreeMap<>();
        values.put("gen_ai.request.seed", answer.seed());
        values.put("gen_ai.response.id", answer.id());
        values.put(
                "gen_ai.response.finish_reasons", answer.finishReason().name().toLowerCase(Locale.ROOT));
        values.put("gen_ai.usage.input_tokens", usage.inputTokenCount());
        values.put("gen_ai.usage.output_tokens", usage.outputTokenCount());
        values.put("rapid.cached_tokens", statistics.cachedTokens());
        values.put("rapid.restored_tokens", statistics.restoredTokens());
        values.put("rapid.drafted_tokens", statistics.draftedTokens());
        values.put("rapid.accepted_tokens", statistics.acceptedTokens());
        values.put("rapid.lookup_drafted_tokens", statistics.lookupDraftedTokens());
        values.put("rapid.lookup_accepted_tokens", statistics.lookupAcceptedTokens());
        values.put("rapid.grammar_drafted_tokens", statistics.grammarDraftedTokens());
        values.put("rapid.grammar_accepted_tokens", statistics.grammarAcceptedTokens());
        values.put("rapid.rounds", statistics.rounds());
        values.put("rapid.passages", answer.passages().size());
        values.put("rapid.retrieval_ms", statistics.retrieval().toMillis());
        values.put("rapid.prefill_ms", statistics.prefill().toMillis());
        values.put("rapid.decoding_ms", statistics.decoding().toMillis());
        return values;
    }

    /** The values that are not null. */
    private static KeyValues keyValues(Map<String, Object> values) {
        KeyValues present = KeyValues.empty();
        for (Map.Entry<String, Object> value : values.entrySet()) {
            if (value.getValue() != null) {
                present = present.and(value.getKey(), value.getValue().toString());
            }
        }
        return present;
    }
}

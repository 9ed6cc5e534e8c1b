package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What runs are called: their method, and of their settings those that tell them from others of the same method. */
final class Labels {

    static final String MARGIN = "margin";

    private final List<MeasuredRun> runs;

    Labels(List<MeasuredRun> runs) {
        this.runs = runs;
    }

    /** Method and drafter. */
    static String method(RunSettings settings) {
        String title = settings.method().title();
        return switch (settings.method()) {
            case LONG_CONTEXT, LOOKUP, CLASSIC_RAG, RETRIEVAL_ONLY, PASSAGE_ATTENTION, STREAMING_DRAFT -> title;
            case SPECULATIVE, RAPID ->
                title + ", " + settings.drafter().map(Texts::lastPart).orElse("drafts for itself");
        };
    }

    /** The last part of the target's name, or all of it where another target has the same. */
    String target(String target) {
        String name = Texts.lastPart(target);
        boolean unique = runs.stream()
                .map(run -> run.settings().target())
                .filter(other -> Texts.lastPart(other).equals(name))
                .allMatch(target::equals);
        return unique ? name : Texts.shortened(target);
    }

    static String benchmark(RunSettings settings) {
        return settings.benchmark().title() + (settings.chainOfThought() ? ", chain of thought" : "");
    }

    /** Method, drafter and distinctions, and whether it is incomplete. */
    String of(MeasuredRun run) {
        return Stream.of(method(run.settings()), text(distinctions(run)), run.isIncomplete() ? run.progress() : "")
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(", "));
    }

    /**
     * Settings with values that other runs of the same method on the same benchmark do not all have, and the margin
     * where it varies on any.
     */
    Map<String, String> distinctions(MeasuredRun run) {
        List<Map<String, String>> peers =
                peers(run).stream().map(Labels::settings).toList();
        Map<String, String> own = settings(run);
        Map<String, String> distinctions = new LinkedHashMap<>();
        if (run.settings().method() == Method.RAPID && hasSeveralMargins(run)) {
            distinctions.put(MARGIN, own.get(MARGIN));
        }
        distinctions.putAll(distinctions(own, peers));
        if (peers.stream().filter(own::equals).count() > 1) {
            distinctions.put("run", run.name());
        }
        return distinctions;
    }

    /** Whether runs of its models have different margins, on whatever benchmark. */
    private boolean hasSeveralMargins(MeasuredRun run) {
        return runs.stream()
                .filter(other -> other.settings().method() == Method.RAPID
                        && other.settings().target().equals(run.settings().target())
                        && other.settings().drafter().equals(run.settings().drafter()))
                .anyMatch(other -> other.settings().margin() != run.settings().margin());
    }

    /** The settings of a run that others do not all share with it. */
    static Map<String, String> distinctions(Map<String, String> own, Collection<Map<String, String>> others) {
        Map<String, String> distinctions = new LinkedHashMap<>(own);
        distinctions
                .entrySet()
                .removeIf(setting ->
                        others.stream().allMatch(other -> setting.getValue().equals(other.get(setting.getKey()))));
        return distinctions;
    }

    /** The runs of the same target, method and drafter on the same benchmark, itself among them. */
    List<MeasuredRun> peers(MeasuredRun run) {
        RunSettings settings = run.settings();
        return runs.stream()
                .filter(other -> other.settings().benchmark() == settings.benchmark()
                        && other.settings().chainOfThought() == settings.chainOfThought()
                        && other.settings().target().equals(settings.target())
                        && other.settings().method() == settings.method()
                        && other.settings().drafter().equals(settings.drafter()))
                .toList();
    }

    static String text(Map<String, String> settings) {
        return settings.entrySet().stream()
                .map(setting -> setting.getKey() + " " + setting.getValue())
                .collect(Collectors.joining(", "));
    }

    /** The settings a method makes use of, by name, in the order in which they are shown. */
    static Map<String, String> settings(MeasuredRun run) {
        Map<String, String> named = new LinkedHashMap<>(decoding(run.settings()));
        named.putAll(conditions(run.settings()));
        named.put("seed", Integer.toString(run.settings().seed()));
        named.put("machine", machine(run));
        if (!run.run().shard().equals(Shard.ALL)) {
            named.put("part", run.run().shard().toString());
        }
        return named;
    }

    /** Those of them that are the same for all methods. */
    static Map<String, String> conditions(RunSettings settings) {
        Map<String, String> named = new LinkedHashMap<>();
        named.put("data", Texts.shortened(settings.dataName()) + " (" + abbreviated(settings.dataHash()) + ")");
        named.put("prompts", abbreviated(settings.promptsHash()));
        named.put("temperature", Texts.plain(settings.temperature()));
        named.put("top-p", Texts.plain(settings.topP()));
        named.put("output tokens", Texts.count(settings.maxOutputTokens()));
        if (settings.chainOfThought()) {
            named.put("reasoning tokens", Texts.count(settings.maxReasoningTokens()));
        }
        named.put("prompt tokens", Texts.count(settings.maxPromptTokens()));
        named.put("device", settings.targetDevice());
        named.put("weights", settings.targetWeights().toString());
        named.put("cache", settings.cacheType().toString());
        return named;
    }

    /** Those of them that do not depend on the benchmark. */
    static Map<String, String> decoding(RunSettings settings) {
        Map<String, String> named = new LinkedHashMap<>();
        Method method = settings.method();
        if (method == Method.RAPID) {
            named.put(MARGIN, Texts.plain(settings.margin()));
        }
        if (method.drafts()) {
            int draftTokens = settings.draftTokens();
            named.put(
                    "draft tokens",
                    draftTokens == RapidChatRequestParameters.AUTOMATIC ? "automatic" : Integer.toString(draftTokens));
            named.put("confidence threshold", Texts.plain(settings.confidenceThreshold()));
            settings.lookupDrafting().ifPresent(lookup -> named.put("lookup", lookup ? "on" : "off"));
        }
        if (method == Method.RAPID) {
            named.put("draft over", settings.draftContext().toString());
            settings.passagesIntroduction().ifPresent(text -> named.put("passages introduced by", '"' + text + '"'));
            named.put("learns", settings.learnEveryToken() ? "about every token" : "as in the paper");
            named.put("plausibility", Texts.plain(settings.plausibility()));
        }
        settings.embeddingModel().ifPresent(model -> named.put("embedding model", Texts.lastPart(model)));
        if (method.mode().retrieves()) {
            named.put("passage tokens", Texts.count(settings.passageTokens()));
            named.put("least similarity", Texts.plain(settings.minSimilarity()));
            settings.passageRanking().ifPresent(ranking -> named.put("ranking", ranking.toString()));
        }
        if (method.limitsDrafter()) {
            named.put("draft context", Texts.count(settings.draftContextTokens()));
        }
        named.put("device", settings.targetDevice());
        named.put("weights", settings.targetWeights().toString());
        named.put("cache", settings.cacheType().toString());
        if (settings.drafter().isPresent()) {
            named.put("drafter device", settings.drafterDevice());
            named.put("drafter weights", settings.drafterWeights().toString());
        }
        return named;
    }

    static String machine(MeasuredRun run) {
        return "%s, cores %d, threads %d, Java %s"
                .formatted(
                        run.run().machine().processor(),
                        run.run().machine().cores(),
                        run.run().machine().threads(),
                        run.run().machine().java());
    }

    private static String abbreviated(String hash) {
        return hash.substring(0, Math.min(8, hash.length()));
    }
}

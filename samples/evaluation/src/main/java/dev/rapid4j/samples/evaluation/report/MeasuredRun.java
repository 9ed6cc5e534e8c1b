package dev.rapid4j.samples.evaluation.report;

import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Effort;
import dev.rapid4j.samples.evaluation.runs.Run;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import dev.rapid4j.samples.evaluation.runs.Shard;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A run without its texts.
 *
 * @param name of its folder, which no other run has
 * @param byId of the first answer to every question
 * @param repetitions further answers to questions answered before, which do not count
 */
record MeasuredRun(String name, Run run, Map<String, Outcome> byId, int repetitions) {

    static MeasuredRun read(String name, RunFolder folder) {
        Set<String> documents = new HashSet<>();
        Map<String, Outcome> byId = new LinkedHashMap<>();
        int repetitions = 0;
        try (Stream<Answer> answers = folder.answers()) {
            for (Answer answer : (Iterable<Answer>) answers::iterator) {
                Outcome outcome =
                        Outcome.of(answer, folder.run().settings().method(), documents.add(answer.document()));
                if (byId.putIfAbsent(outcome.id(), outcome) != null) {
                    repetitions++;
                }
            }
        }
        return new MeasuredRun(name, folder.run(), byId, repetitions);
    }

    RunSettings settings() {
        return run.settings();
    }

    Setup setup() {
        return Setup.of(settings());
    }

    /** Whether another run is of the same models and method with equal settings, on whatever benchmark. */
    boolean decodesAlike(MeasuredRun other) {
        return settings().target().equals(other.settings().target())
                && settings().drafter().equals(other.settings().drafter())
                && settings().method() == other.settings().method()
                && Labels.decoding(settings()).equals(Labels.decoding(other.settings()));
    }

    Collection<Outcome> outcomes() {
        return byId.values();
    }

    int questions() {
        return byId.size();
    }

    /** Whether it is not a part of a run, and has questions without an answer. */
    boolean isIncomplete() {
        return run.shard().equals(Shard.ALL) && questions() < run.questions();
    }

    /** How far an incomplete run has come: "57 of 503 answered". */
    String progress() {
        return "%s of %s answered".formatted(Texts.count(questions()), Texts.count(run.questions()));
    }

    long count(Predicate<Outcome> condition) {
        return outcomes().stream().filter(condition).count();
    }

    Effort effort() {
        return outcomes().stream().map(Outcome::effort).reduce(Effort.NONE, Effort::plus);
    }

    /** @throws IllegalArgumentException if nothing is answered */
    Estimate score() {
        return Estimate.of(outcomes().stream().map(Outcome::score).toList());
    }

    /** The questions that both have answered. */
    List<String> inCommon(MeasuredRun other) {
        return byId.keySet().stream().filter(other.byId::containsKey).toList();
    }
}

package dev.rapid4j.samples.evaluation;

import dev.rapid4j.samples.evaluation.running.Question;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Estimates how long the open questions take. The first one on a text takes the longer the longer the text is, which is
 * read for it; the others take as long as such others did, or as a first one as long as there was none.
 */
final class TimeLeft {

    /** English has about so many. */
    private static final int CHARACTERS_PER_TOKEN = 4;

    /** A question of a run; several may ask the same. */
    private record Key(String run, String id) {}

    private final Map<Key, Question> open = new LinkedHashMap<>();
    private final Set<String> read = new HashSet<>();
    private long mostCharacters;

    private long charactersRead;
    private long nanosOfFirst;
    private long others;
    private long nanosOfOthers;

    /**
     * A run more; of several, on one engine, the first that asks about a text has it read for all.
     *
     * @param run tells runs apart
     */
    void add(String run, Collection<Question> questions, RunSettings settings) {
        questions.forEach(question -> open.put(new Key(run, question.task().id()), question));
        // passages are searched for in all of a text, whatever the prompt leaves out
        long most = settings.method().retrieves()
                ? Long.MAX_VALUE
                : (long) CHARACTERS_PER_TOKEN * settings.maxPromptTokens();
        mostCharacters = Math.max(mostCharacters, most);
    }

    /** @param nanos since the question before was answered */
    void answered(String run, String id, long nanos) {
        Question question = open.remove(new Key(run, id));
        if (read.add(question.document())) {
            charactersRead += characters(question);
            nanosOfFirst += nanos;
        } else {
            others++;
            nanosOfOthers += nanos;
        }
    }

    void failed(String run, String id) {
        open.remove(new Key(run, id));
    }

    private long characters(Question question) {
        return Math.min(question.characters(), mostCharacters);
    }

    /** The time that the answers still missing will take; to be asked after an answer. */
    Duration estimate() {
        Set<String> documents = new HashSet<>(read);
        long charactersLeft = 0;
        long othersLeft = 0;
        for (Question question : open.values()) {
            if (documents.add(question.document())) {
                charactersLeft += characters(question);
            } else {
                othersLeft++;
            }
        }
        double nanosPerCharacter = (double) nanosOfFirst / charactersRead;
        double nanosPerOther = others > 0 ? (double) nanosOfOthers / others : (double) nanosOfFirst / read.size();
        return Duration.ofNanos(Math.round(nanosPerCharacter * charactersLeft + nanosPerOther * othersLeft));
    }
}

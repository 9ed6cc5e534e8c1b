package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.RunFolder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The questions of a run.
 *
 * @param ofShard those that the run answers, in the order of the file
 * @param ofAllShards how many there are in all
 */
public record Questions(List<Question> ofShard, long ofAllShards) {

    public Questions {
        ofShard = List.copyOf(ofShard);
    }

    /**
     * Those that have no answer yet.
     *
     * @param answered hears of the first answer to each of the others
     */
    public List<Question> open(RunFolder folder, Consumer<Answer> answered) {
        Map<String, Question> open = new LinkedHashMap<>();
        ofShard.forEach(question -> open.put(question.task().id(), question));
        try (Stream<Answer> answers = folder.answers()) {
            answers.filter(answer -> open.remove(answer.task().id()) != null).forEach(answered);
        }
        return List.copyOf(open.values());
    }
}

package dev.rapid4j.samples.evaluation.data;

import java.util.List;

/** A task of InfiniteBench about a whole book. */
public sealed interface BookTask extends Task {

    /** What is asked; empty where the task says it all. */
    String question();

    /**
     * En.QA.
     *
     * @param answers each of them right, at least one
     */
    record QuestionAnswer(String id, String context, String question, List<String> answers) implements BookTask {

        public QuestionAnswer {
            answers = List.copyOf(answers);
        }

        @Override
        public QuestionAnswer withContext(String context) {
            return new QuestionAnswer(id, context, question, answers);
        }
    }

    /**
     * En.MC.
     *
     * @param options the four options, in the order of {@link Choice}
     */
    record MultipleChoice(String id, String context, String question, List<String> options, Choice answer)
            implements BookTask {

        public MultipleChoice {
            options = List.copyOf(options);
            if (options.size() != Choice.values().length) {
                throw new IllegalArgumentException("A multiple choice has four options, not " + options.size());
            }
        }

        @Override
        public MultipleChoice withContext(String context) {
            return new MultipleChoice(id, context, question, options, answer);
        }
    }

    /**
     * En.Sum.
     *
     * @param question empty in the published data
     * @param references summaries to compare with, at least one
     */
    record Summary(String id, String context, String question, List<String> references) implements BookTask {

        public Summary {
            references = List.copyOf(references);
        }

        @Override
        public Summary withContext(String context) {
            return new Summary(id, context, question, references);
        }
    }
}

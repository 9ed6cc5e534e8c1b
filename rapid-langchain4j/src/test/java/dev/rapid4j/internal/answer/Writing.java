package dev.rapid4j.internal.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Constraint;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** An answer that is written and read, each of its tokens one that may come. */
final class Writing {

    private static final int LONGEST = 20_000;

    /** An object with a colour, red or blue. */
    static final ResponseFormat COLOUR = ResponseFormat.builder()
            .type(ResponseFormatType.JSON)
            .jsonSchema(JsonSchema.builder()
                    .name("Colour")
                    .rootElement(JsonObjectSchema.builder()
                            .addEnumProperty("colour", List.of("red", "blue"))
                            .required("colour")
                            .build())
                    .build())
            .build();

    private final AnswerReader reader;
    private Constraint constraint;
    private boolean stopped;

    Writing(AnswerPlan plan, String opening) {
        this(plan, opening, List.of(), AnswerListener.NONE);
    }

    Writing(AnswerPlan plan, String opening, List<String> stopSequences, AnswerListener listener) {
        reader = plan.reader(opening, stopSequences, listener);
        constraint = plan.constraint(opening);
    }

    /** One that searches for one of some texts, and another one without arguments. */
    static List<ToolSpecification> tools(List<String> texts, String other) {
        return List.of(
                ToolSpecification.builder()
                        .name("search")
                        .parameters(JsonObjectSchema.builder()
                                .addEnumProperty("for", texts)
                                .required("for")
                                .build())
                        .build(),
                ToolSpecification.builder().name(other).build());
    }

    Writing write(int... tokens) {
        for (int token : tokens) {
            assertThat(constraint.allows(token)).as("token %d", token).isTrue();
            assertThat(constraint.allowed().map(set -> set.contains(token)).orElse(true))
                    .isTrue();
            constraint = constraint.after(token);
            stopped = reader.append(token, TokenSource.TARGET);
        }
        return this;
    }

    /** Writes anything until the answer may end, as a model does that has learned nothing. */
    Writing writeAnything(int vocabulary, SplittableRandom random) {
        for (int i = 0; !mayEnd() && i < LONGEST; i++) {
            int[] allowed =
                    IntStream.range(0, vocabulary).filter(constraint::allows).toArray();
            assertThat(allowed).isNotEmpty();
            write(allowed[random.nextInt(allowed.length)]);
        }
        assertThat(mayEnd()).isTrue();
        return this;
    }

    boolean mayEnd() {
        return constraint.complete() || constraint.allows(ChoppedVocabulary.END);
    }

    /** What may come now. */
    Constraint constraint() {
        return constraint;
    }

    /** Whether the last token ended the answer's text. */
    boolean stopped() {
        return stopped;
    }

    Answer finish(boolean cut) {
        return reader.finish(cut);
    }
}

package dev.rapid4j.internal.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.decoding.Constraint;
import dev.rapid4j.internal.grammar.Rule;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers as harmony's documentation and the chat template of gpt-oss show them, in random pieces. */
class ChannelsTest {

    private static final String TEMPLATE = "{{ tools }} <|start|>assistant<|channel|>final<|message|><|end|>";
    private static final String OPENING = "<|end|><|start|>assistant";
    private static final String ANALYSIS = "<|channel|>analysis<|message|>Need to use \uD83D\uDE00 search.<|end|>";
    private static final String NEXT = "<|start|>assistant";

    private static final List<ToolSpecification> TOOLS = Writing.tools(List.of("a", "\u00E9<|call|>\""), "search_all");

    private final SplittableRandom random = new SplittableRandom(17);
    private final ChoppedVocabulary tokens =
            new ChoppedVocabulary("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|constrain|>");
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();

    /** A {@link Writing} whose pieces are put together. */
    private final class Heard {

        private final Writing writing;

        Heard(AnswerPlan plan, String opening, String... stopSequences) {
            writing = new Writing(plan, opening, List.of(stopSequences), new AnswerListener() {
                @Override
                public void onText(String piece, TokenSource source) {
                    text.append(piece);
                }

                @Override
                public void onThinking(String piece) {
                    thinking.append(piece);
                }

                @Override
                public void onPartialCall(int index, String id, String tool, String piece) {
                    arguments.append(piece);
                }
            });
        }

        Heard write(String answer) {
            return write(spelled(answer));
        }

        Heard write(int... answer) {
            writing.write(answer);
            return this;
        }

        Heard writeAnything() {
            writing.writeAnything(tokens.vocabulary().size(), random);
            return this;
        }

        boolean mayEnd() {
            return writing.mayEnd();
        }

        boolean stopped() {
            return writing.stopped();
        }

        Constraint constraint() {
            return writing.constraint();
        }

        boolean allows(String next) {
            Constraint now = writing.constraint();
            for (int token : spelled(next)) {
                if (now.complete() || !now.allows(token)) {
                    return false;
                }
                now = now.after(token);
            }
            return true;
        }

        Answer finish() {
            Answer answer = writing.finish(false);
            assertThat(text.toString()).isEqualTo(answer.text());
            assertThat(thinking.toString()).isEqualTo(answer.thinking());
            return answer;
        }
    }

    /** Byte by byte, for which every vocabulary has tokens. */
    private int[] spelled(String text) {
        return tokens.parts(text).stream()
                .flatMapToInt(part -> part instanceof Rule.Control control
                        ? IntStream.of(control.token())
                        : IntStream.of(tokens.text(((Rule.Literal) part).text(), 1, null)))
                .toArray();
    }

    private AnswerPlan plan(ToolChoice choice, ResponseFormat format) {
        return plan(choice, format, Optional.empty(), Optional.empty());
    }

    private AnswerPlan plan(
            ToolChoice choice, ResponseFormat format, Optional<Boolean> thinks, Optional<Integer> mostThinking) {
        return new AnswerFormat(tokens.vocabulary(), TEMPLATE, TEMPLATE, true)
                .plan(new AnswerOptions(TOOLS, choice, format, true, thinks, mostThinking));
    }

    private Heard free(String... stopSequences) {
        return new Heard(plan(ToolChoice.AUTO, ResponseFormat.TEXT), OPENING, stopSequences);
    }

    private void forget() {
        text.setLength(0);
        thinking.setLength(0);
        arguments.setLength(0);
    }

    @Test
    void analysisIsThinkingAndFinalIsTheText() {
        Answer answer = free().write(ANALYSIS + NEXT + "<|channel|>final<|message|>2 + 2 = \uD83D\uDE00.\n")
                .finish();
        assertThat(answer)
                .isEqualTo(new Answer("2 + 2 = \uD83D\uDE00.\n", "Need to use \uD83D\uDE00 search.", List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<|channel|>commentary to=functions.search <|constrain|>json<|message|>",
                "<|channel|>commentary to=functions.search<|constrain|>json<|message|>",
                "<|channel|>commentary to=functions.search json<|message|>",
                "<|channel|>commentary to=functions.search<|message|>",
                "<|channel|>analysis to=functions.search <|constrain|>json<|message|>",
                " to=functions.search<|channel|>commentary json<|message|>",
                " to=functions.search<|channel|>commentary <|constrain|>json<|message|>",
                " to=functions.search<|channel|>analysis<|message|>"
            })
    void aRecipientMakesItACallWhereverItStands(String header) {
        for (String before : List.of("", ANALYSIS + NEXT)) {
            for (int run = 0; run < 20; run++) {
                forget();
                int[] first = tokens.chop(before, random);
                int[] last = tokens.chop(header + "{\"for\": \"\u00E9<|call|>\\\"\"}", random);
                Heard writing = free("for", "a").write(first).write(last);
                assertThat(writing.mayEnd()).isTrue();
                assertThat(writing.stopped()).isFalse();
                Answer answer = writing.finish();
                assertThat(answer.text()).isEmpty();
                assertThat(answer.calls()).hasSize(1);
                ToolExecutionRequest call = answer.calls().get(0);
                assertThat(call.name()).isEqualTo("search");
                assertThat(call.arguments())
                        .isEqualTo("{\"for\": \"\u00E9<|call|>\\\"\"}")
                        .isEqualTo(arguments.toString());
            }
        }
    }

    @Test
    void whiteSpaceAtTheEndOfTheFinalTextIsPartOfItHoweverItEnds() {
        for (String end : List.of("", "<|end|>")) {
            forget();
            Answer answer = free().write("<|channel|>final<|message|>A line.\n \n" + end)
                    .finish();
            assertThat(answer.text()).isEqualTo("A line.\n \n");
        }
    }

    @Test
    void commentaryWithoutARecipientIsTextBeforeWhatFollows() {
        String preamble = ANALYSIS + NEXT + "<|channel|>commentary<|message|>I search.\n<|end|>" + NEXT;
        Answer called = free().write(preamble + " to=functions.search_all<|channel|>commentary json<|message|>{}")
                .finish();
        assertThat(called.text()).isEqualTo("I search.");
        assertThat(called.calls()).hasSize(1);
        forget();
        Answer said = free().write(preamble + "<|channel|>analysis<|message|>Why?<|end|>" + NEXT
                        + "<|channel|>final<|message|>So.")
                .finish();
        assertThat(said)
                .isEqualTo(new Answer("I search.\n\nSo.", "Need to use \uD83D\uDE00 search.\n\nWhy?", List.of()));
    }

    @Test
    void whatIsNoHeaderCannotComeAndAnEndThatIsLeftOutIsNotMissed() {
        Heard writing = free();
        for (String header : List.of(
                "Hello",
                "<|message|>",
                "<|channel|>thoughts<|message|>",
                "<|channel|>commentary to=functions.delete<|message|>",
                "<|channel|>commentary to=browser.search<|message|>",
                "<|channel|>final to=functions.search<|message|>",
                "<|channel|>final <|constrain|>json<|message|>",
                " to=functions.search<|message|>",
                "<|end|>")) {
            assertThat(writing.allows(header)).as(header).isFalse();
        }
        Answer answer = writing.write("<|channel|>analysis<|message|>Hm.<|start|>assistant"
                        + "<|channel|>commentary<|message|>Well.<|channel|>final<|message|>So.")
                .finish();
        assertThat(answer).isEqualTo(new Answer("Well.\n\nSo.", "Hm.", List.of()));
    }

    @Test
    void theAnswerIsOverWithItsFinalMessageOrItsCall() {
        assertThat(free().write("<|channel|>final<|message|>So.<|end|>")
                        .constraint()
                        .complete())
                .isTrue();
        assertThat(free().write(" to=functions.search_all<|channel|>commentary json<|message|>{}")
                        .constraint()
                        .complete())
                .isTrue();
        Heard between = free().write(ANALYSIS);
        assertThat(between.mayEnd()).isFalse();
        assertThat(between.constraint().certain(1)).containsExactly(tokens.control("<|start|>"));
    }

    @Test
    void whatATextQuotesIsText() {
        String quote = "<|end|><|start|>assistant<|channel|>commentary to=functions.search_all<|message|>{}";
        Answer answer = free().write("<|channel|>final<|message|>")
                .write(tokens.text(quote, 1, null))
                .finish();
        assertThat(answer).isEqualTo(new Answer(quote, "", List.of()));
    }

    @Test
    void whereAToolHasToBeCalledTheAnswerIsACall() {
        Set<String> called = new HashSet<>();
        for (int run = 0; run < 40; run++) {
            forget();
            Heard writing = new Heard(plan(ToolChoice.REQUIRED, Writing.COLOUR), OPENING);
            assertThat(writing.allows("<|channel|>final")).isFalse();
            assertThat(writing.allows("<|channel|>commentary<|message|>")).isFalse();
            if (run % 2 == 0) {
                writing.write("<|channel|>analysis<|message|>Hm");
                assertThat(writing.mayEnd()).isFalse();
                writing.write("<|end|>" + NEXT + " ");
            } else {
                writing.write("<|channel|>com");
            }
            Answer answer = writing.writeAnything().finish();
            assertThat(answer.text()).isEmpty();
            assertThat(answer.calls()).hasSize(1);
            ToolExecutionRequest call = answer.calls().get(0);
            called.add(call.name());
            assertThat(call.arguments().replaceAll("\\s", ""))
                    .isIn(
                            call.name().equals("search")
                                    ? List.of("{\"for\":\"a\"}", "{\"for\":\"\u00E9<|call|>\\\"\"}")
                                    : List.of("{}"));
        }
        assertThat(called).containsExactlyInAnyOrder("search", "search_all");
    }

    @Test
    void withASchemaTheFinalMessageIsJsonBesideCalls() {
        Heard writing = new Heard(plan(ToolChoice.AUTO, Writing.COLOUR), OPENING).write(ANALYSIS + NEXT);
        assertThat(writing.allows("<|channel|>commentary<|message|>")).isFalse();
        assertThat(writing.allows(" to=functions.search<|channel|>commentary json<|message|>{"))
                .isTrue();
        Answer answer =
                writing.write("<|channel|>final<|message|>").writeAnything().finish();
        assertThat(answer.text().replaceAll("\\s", "")).isIn("{\"colour\":\"red\"}", "{\"colour\":\"blue\"}");
    }

    @Test
    void thinkingIsClosedAtItsLimitAndIsNotBegunAgain() {
        Heard writing =
                new Heard(plan(ToolChoice.NONE, ResponseFormat.TEXT, Optional.empty(), Optional.of(3)), OPENING);
        writing.write("<|channel|>analysis<|message|>").write('a', 'b', 'c');
        assertThat(writing.allows("d")).isFalse();
        writing.write("<|end|>" + NEXT);
        assertThat(writing.allows("<|channel|>analysis")).isFalse();
        assertThat(writing.allows(" to=")).isFalse();
        assertThat(writing.write("<|channel|>final<|message|>So.").finish())
                .isEqualTo(new Answer("So.", "abc", List.of()));
        Heard without =
                new Heard(plan(ToolChoice.AUTO, ResponseFormat.TEXT, Optional.of(false), Optional.empty()), OPENING);
        assertThat(without.allows("<|channel|>analysis<|message|>")).isFalse();
        assertThat(without.allows("<|channel|>analysis to=functions.search<|message|>"))
                .isTrue();
        assertThat(without.allows("<|channel|>final<|message|>")).isTrue();
    }

    @Test
    void aStartedAnswerGoesOnInItsFinalMessage() {
        Heard writing = new Heard(plan(ToolChoice.AUTO, ResponseFormat.TEXT), "");
        assertThat(writing.constraint().allowed()).isEmpty();
        assertThat(writing.write(" seven.").finish()).isEqualTo(new Answer(" seven.", "", List.of()));
        forget();
        Heard json = new Heard(plan(ToolChoice.AUTO, Writing.COLOUR).behind("{\"colour\": \"r"), "");
        assertThat(json.writeAnything().finish().text().replaceAll("\\s", "")).isEqualTo("ed\"}");
        forget();
        Heard call = new Heard(plan(ToolChoice.REQUIRED, ResponseFormat.TEXT).behind("I search."), "");
        Answer called = call.write("<|end|>" + NEXT).writeAnything().finish();
        assertThat(called.text()).isEmpty();
        assertThat(called.calls()).hasSize(1);
    }

    @Test
    void aTemplateMayHaveBegunAMessage() {
        AnswerPlan plan = plan(ToolChoice.AUTO, ResponseFormat.TEXT);
        Answer thought = new Heard(plan, "<|start|>assistant<|channel|>analysis<|message|>")
                .write("Hm.<|end|>" + NEXT + "<|channel|>final<|message|>So.")
                .finish();
        assertThat(thought).isEqualTo(new Answer("So.", "Hm.", List.of()));
        forget();
        Answer said = new Heard(plan, "<|start|>assistant<|channel|>final<|message|>")
                .write("So.")
                .finish();
        assertThat(said).isEqualTo(new Answer("So.", "", List.of()));
    }

    @Test
    void aStopSequenceConcernsTextsAlone() {
        Heard writing = free("seven", "for");
        writing.write(
                "<|channel|>analysis<|message|>seven<|end|>" + NEXT + "<|channel|>commentary<|message|>six<|end|>");
        assertThat(writing.stopped()).isFalse();
        writing.write(NEXT + "<|channel|>final<|message|>It is ");
        for (int token : tokens.text("seven", 1, null)) {
            assertThat(writing.stopped()).isFalse();
            writing.write(token);
        }
        assertThat(writing.stopped()).isTrue();
        assertThat(writing.finish().text()).isEqualTo("six\n\nIt is ");
    }

    @Test
    void whereverAnAnswerIsCutThatIsItsTextOrAnErrorAndNeverHalfACall() {
        String[] parts = {
            ANALYSIS + NEXT + "<|channel|>commentary<|message|>Well.<|end|>" + NEXT + "<|channel|>commentary",
            " to=functions.search <|constrain|>json<|message|>{\"for\": \"a\"",
            "}"
        };
        int[] answer = tokens.chop(String.join("", parts), random);
        for (int length = 0; length <= answer.length; length++) {
            forget();
            Writing cut = free().write(Arrays.copyOf(answer, length)).writing;
            String written = tokens.vocabulary().decode().apply(Arrays.copyOf(answer, length));
            if (written.contains(" to=") && length < answer.length) {
                assertThatThrownBy(() -> cut.finish(true))
                        .isInstanceOf(InvalidRequestException.class)
                        .hasMessageContaining("limit of tokens");
            } else {
                Answer read = cut.finish(true);
                assertThat("Well.").startsWith(read.text());
                assertThat("Need to use \uD83D\uDE00 search.")
                        .startsWith(read.thinking().replace("\uFFFD", ""));
                assertThat(read.calls()).hasSize(length == answer.length ? 1 : 0);
            }
        }
    }

    @Test
    void halfACharacterAtTheEndOfAMessageStandsThereOnce() {
        for (String next : List.of("<|end|>", "<|end|>" + NEXT + "<|channel|>fin")) {
            forget();
            Answer answer = free().write("<|channel|>commentary<|message|>a ")
                    .write(0xF0)
                    .write(next)
                    .finish();
            assertThat(answer.text()).isEqualTo("a \uFFFD");
        }
    }

    @Test
    void aCallIsReadWhateverItsToolsNameHolds() {
        String name = "json\t\u00A0<|channel|";
        AnswerPlan plan = new AnswerFormat(tokens.vocabulary(), TEMPLATE, TEMPLATE, true)
                .plan(new AnswerOptions(
                        List.of(ToolSpecification.builder().name(name).build()),
                        ToolChoice.AUTO,
                        ResponseFormat.TEXT,
                        true,
                        Optional.empty(),
                        Optional.empty()));
        Answer answer = new Heard(plan, OPENING)
                .write("<|channel|>commentary to=functions." + name + " <|constrain|>json<|message|>{}")
                .finish();
        assertThat(answer.calls()).extracting(ToolExecutionRequest::name).containsExactly(name);
    }

    @Test
    void aTemplateWithoutAPlaceForToolsIsSaidToHaveNone() {
        String template = TEMPLATE.replace("{{ tools }}", "");
        AnswerFormat format = new AnswerFormat(tokens.vocabulary(), template, template, false);
        assertThatThrownBy(() -> format.plan(new AnswerOptions(
                        TOOLS, ToolChoice.AUTO, ResponseFormat.TEXT, true, Optional.empty(), Optional.empty())))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("no place for tools")
                .hasMessageContaining("chat_template.jinja");
    }

    @Test
    void withoutTheTokensOrTheTemplateThereAreNoChannels() {
        assertThat(Channels.of(TEMPLATE, new ChoppedVocabulary("<|start|>").vocabulary()))
                .isEmpty();
        assertThat(Channels.of("<|start|>assistant<|message|><|end|>", tokens.vocabulary()))
                .isEmpty();
    }
}

package dev.rapid4j.samples.evaluation.documents;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rapid4j.samples.evaluation.data.FactsTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.Task;
import dev.rapid4j.samples.evaluation.scores.FactsScore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RealDocumentTest {

    private static final List<RealDocument> ALL = RealDocument.all();

    private final Map<String, JsonNode> written = written();

    private static Map<String, JsonNode> written() {
        try (InputStream in = RealDocument.class.getResourceAsStream("questions.json")) {
            return stream(new JsonMapper().readTree(in))
                    .flatMap(document -> stream(document.get("questions")))
                    .collect(Collectors.toMap(question -> question.get("id").asText(), Function.identity()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return array.isMissingNode()
                ? Stream.of()
                : Stream.iterate(0, i -> i < array.size(), i -> i + 1).map(array::get);
    }

    private static Stream<FactsTask> facts() {
        return ALL.stream().flatMap(document -> document.facts().stream());
    }

    private static Stream<LongBenchTask> choices() {
        return ALL.stream().flatMap(document -> document.choices().stream());
    }

    @Test
    void thereAreEnoughQuestionsOnEnoughTexts() {
        assertThat(ALL).hasSizeGreaterThanOrEqualTo(8);
        assertThat(facts().count() + choices().count()).isGreaterThanOrEqualTo(60);
        assertThat(Stream.concat(facts(), choices()).map(Task::id)).doesNotHaveDuplicates();
        // 4,000 to 30,000 tokens of about four characters
        assertThat(ALL)
                .allSatisfy(document -> assertThat(document.text().length()).isBetween(16_000, 120_000));
    }

    @Test
    void everyKindOfQuestionIsAsked() {
        assertThat(facts().map(FactsTask::kind)).contains(FactsTask.Kind.values());
        assertThat(ALL).allSatisfy(document -> {
            assertThat(document.facts()).anyMatch(task -> task.kind() == FactsTask.Kind.UNANSWERABLE);
            assertThat(document.choices()).isNotEmpty();
        });
    }

    @Test
    void whatTellsTheAnswerStandsInTheText() {
        assertThat(Stream.concat(facts(), choices())).allSatisfy(task -> {
            List<String> evidence = texts(task, "evidence");
            if (task instanceof FactsTask facts && facts.kind() == FactsTask.Kind.UNANSWERABLE) {
                assertThat(texts(task, "absent"))
                        .isNotEmpty()
                        .noneMatch(words -> FactsScore.states(task.context(), words));
            } else {
                assertThat(evidence)
                        .as(task.id())
                        .isNotEmpty()
                        .allMatch(quotation -> FactsScore.states(task.context(), quotation.replace('|', ' ')));
            }
        });
    }

    @Test
    void everyFactStandsInWhatTellsTheAnswer() {
        assertThat(facts()).allSatisfy(task -> {
            String evidence = String.join("\n", texts(task, "evidence"));
            assertThat(task.facts()).as(task.id()).allMatch(fact -> FactsScore.states(evidence, fact));
        });
    }

    /** A model that names always the same letter, or always the longest option, knows nothing. */
    @Test
    void noLetterIsRightMoreOftenThanAnother() {
        assertThat(choices()
                        .collect(Collectors.groupingBy(LongBenchTask::answer, Collectors.counting()))
                        .values())
                .containsOnly(choices().count() / 4);
    }

    @Test
    void theSourceAndLicenceOfEveryTextAreStated() throws IOException {
        try (InputStream in = RealDocument.class.getResourceAsStream("README.md")) {
            String sources = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(ALL).allSatisfy(document -> assertThat(sources).contains("`" + document.name() + ".txt`"));
        }
    }

    private List<String> texts(Task task, String name) {
        return stream(written.get(task.id()).path(name)).map(JsonNode::asText).toList();
    }
}

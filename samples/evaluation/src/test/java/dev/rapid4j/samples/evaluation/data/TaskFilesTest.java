package dev.rapid4j.samples.evaluation.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskFilesTest {

    private static final String RECORD = """
            {"_id": "q1", "domain": "Law", "sub_domain": "Contracts", "difficulty": "hard", "length": "medium",
             "question": "Which?", "choice_A": "one", "choice_B": "two", "choice_C": "three", "choice_D": "four",
             "answer": "C", "context": "A contract.", "reviewer": {"notes": ["ignored"]}}
            """.replace("\n", " ");

    @TempDir
    private Path folder;

    private final List<SkippedRecord> skipped = new ArrayList<>();

    @Test
    void readsTheArrayOfLongBench() throws IOException {
        assertThat(longBench("\uFEFF [" + RECORD + "," + RECORD.replace("q1", "q2") + "]"))
                .hasSize(2)
                .first()
                .isEqualTo(new LongBenchTask(
                        "q1",
                        "Law",
                        "Contracts",
                        Difficulty.HARD,
                        Length.MEDIUM,
                        "Which?",
                        List.of("one", "two", "three", "four"),
                        Choice.C,
                        "A contract."));
        assertThat(skipped).isEmpty();
    }

    @Test
    void readsJsonLines() throws IOException {
        assertThat(longBench(RECORD + "\n\n" + RECORD.replace("q1", "q2") + "\r\n"))
                .extracting(LongBenchTask::id)
                .containsExactly("q1", "q2");
        assertThat(skipped).isEmpty();
    }

    @Test
    void readsTheTasksOfInfiniteBench() throws IOException {
        Path file = file("""
                {"id": 7, "context": "A book.", "input": "Who?", "answer": ["Ann", "Anna"], "options": []}
                """);
        assertThat(read(TaskFiles.questionAnswers(file, skipped::add)))
                .containsExactly(new QuestionAnswer("7", "A book.", "Who?", List.of("Ann", "Anna")));

        file = file("""
                {"id": 0, "context": "A book.", "input": "Who?", "answer": ["Bo"], "options": ["Al", "Bo", "Cy", "Di"]}
                {"id": 1, "context": "A book.", "input": "Who?", "answer": ["Di", "D"], "options": ["Al", "Bo", "Cy", "Di"]}
                {"id": 2, "context": "A book.", "input": "Who?", "answer": ["Ed"], "options": ["Al", "Bo", "Cy", "Di"]}
                {"id": 3, "context": "A book.", "input": "Who?", "answer": ["Al"], "options": ["Al", "Bo"]}
                """);
        assertThat(read(TaskFiles.multipleChoices(file, skipped::add)))
                .extracting(MultipleChoice::answer)
                .containsExactly(Choice.B, Choice.D);
        assertThat(skipped)
                .extracting(SkippedRecord::toString)
                .containsExactly(
                        "record 3 (2): \"answer\" is none of the options", "record 4 (3): \"options\" are not four");

        file = file("""
                {"id": 0, "context": "A book.", "input": "", "answer": ["It ends well."], "options": []}
                """);
        assertThat(read(TaskFiles.summaries(file, skipped::add)))
                .containsExactly(new Summary("0", "A book.", "", List.of("It ends well.")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    "context": "A contract." | "context": "  " | "context" is missing or blank
                    "context": "A contract." | "text": "A"     | "context" is missing or blank
                    "context": "A contract." | "context": null | "context" is missing or blank
                    "answer": "C"            | "answer": "E"   | "answer" is not A, B, C or D
                    "length": "medium"       | "length": "big" | "length" is not short or medium or long
                    "domain": "Law"          | "domain": ["a", "b"] | "domain" is a list
                    "choice_A": "one"        | "choice_A": "\\ud800" | "choice_A" has half of a surrogate pair, which is no character
                    """)
    void aWrongRecordIsReportedAndSkipped(String field, String replacement, String reason) throws IOException {
        String wrong = RECORD.replace(field, replacement).replace("q1", "q2");
        for (String content : List.of(
                "[" + RECORD + "," + wrong + "," + RECORD.replace("q1", "q3") + "]",
                RECORD + "\n" + wrong + "\n" + RECORD.replace("q1", "q3"))) {
            skipped.clear();
            assertThat(longBench(content)).extracting(LongBenchTask::id).containsExactly("q1", "q3");
            assertThat(skipped).extracting(SkippedRecord::toString).containsExactly("record 2 (q2): " + reason);
        }
    }

    /** All but the context is kept with the answer, and compared with it. */
    @Test
    void onlyTheContextMayBeLong() throws IOException {
        String book = """
                {"id": 1, "context": "A book.", "input": "Who?", "answer": ["Ann"]}
                """;
        Path file = file(book
                + book.replace("1", "2").replace("Who?", "y".repeat(100_001))
                + book.replace("1", "3").replace("\"Ann\"", "\"x\",".repeat(1_000) + "\"x\"")
                + book.replace("1", "4").replace("\"Ann\"", "\"%1$s\", \"%1$s\"".formatted("x".repeat(60_000))));
        assertThat(read(TaskFiles.questionAnswers(file, skipped::add))).hasSize(1);
        assertThat(skipped)
                .extracting(SkippedRecord::toString)
                .containsExactly(
                        "record 2 (2): \"input\" has more than 100,000 characters",
                        "record 3 (3): \"answer\" has more than 1,000 texts",
                        "record 4 (4): \"answer\" has more than 100,000 characters");
    }

    /** They are printed. */
    @ParameterizedTest
    @ValueSource(strings = {"\\u001b[2J", "two\\nlines", "\\u0000"})
    void idsWithControlCharactersAreRefused(String id) throws IOException {
        assertThat(longBench(RECORD + "\n" + RECORD.replace("q1", id))).hasSize(1);
        assertThat(skipped)
                .extracting(SkippedRecord::toString)
                .containsExactly("record 2: \"_id\" has more than 200 characters, or one that is not printed");
    }

    @Test
    void aRecordWithTheIdOfAnotherIsSkipped() throws IOException {
        assertThat(longBench("[" + RECORD + ",[]," + RECORD + "]")).hasSize(1);
        assertThat(skipped)
                .extracting(SkippedRecord::toString)
                .containsExactly("record 2: it is not an object", "record 3 (q1): another record has this id");
    }

    @Test
    void aDamagedLineIsSkipped() throws IOException {
        String cut = RECORD.substring(0, RECORD.length() / 2);
        assertThat(longBench(cut + "\n" + RECORD + "\n" + RECORD + RECORD)).hasSize(1);
        assertThat(skipped)
                .extracting(SkippedRecord::toString)
                .containsExactly("record 1: the line is not JSON", "record 3: the line goes on after the object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  \n", "PK\u0003\u0004", "<html>secret</html>", "{secret", "\"secret\""})
    void aFileThatIsNotJsonIsAnError(String content) {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> longBench(content))
                .withMessageContaining("is not JSON")
                .withMessageNotContaining("secret");
    }

    @Test
    void anArrayThatIsDamagedIsAnErrorThatSaysWhere() {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> longBench("[" + RECORD + ", secret"))
                .withMessageContaining("is damaged in record 2 (line 1,")
                .withMessageNotContaining("secret");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> longBench("[" + RECORD + ", {\"_id\": \"cut"))
                .withMessageContaining("is damaged in record 2");
    }

    /** As it is in the hub's cache, which would give out the same file again. */
    @Test
    void whereADamagedFileIsALinkItsTargetIsToBeDeleted() throws IOException {
        Path file = file("[" + RECORD + ", {\"_id\": \"cut").toRealPath();
        Path link = Files.createSymbolicLink(folder.resolve("link.json"), file);
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> read(TaskFiles.longBench(link, skipped::add)))
                .withMessageStartingWith(link + " is damaged")
                .withMessageEndingWith("delete " + file + " and download it again");
    }

    @Test
    void whatFollowsTheArrayIsNotPassedOver() {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> longBench("[" + RECORD + "][" + RECORD.replace("q1", "q2") + "]"))
                .withMessageContaining("goes on after its array");
    }

    @Test
    void nestingWithoutEndIsAnError() {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> longBench("[{\"reviewer\": " + "[".repeat(100_000)))
                .withMessageContaining("record 1 is nested too deep");
    }

    @Test
    void aFileThatIsNotThereOrNotUtf8IsAnError() throws IOException {
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> TaskFiles.longBench(folder.resolve("none.json"), skipped::add))
                .withMessageContaining("does not exist");
        Path latin = Files.write(folder.resolve("latin.json"), "[\"\u00E9\"]".getBytes(StandardCharsets.ISO_8859_1));
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> read(TaskFiles.longBench(latin, skipped::add)))
                .withMessageContaining("is not text in UTF-8");
    }

    @Test
    void contextsOfTenMegabytesAreRead() throws IOException {
        Path file = folder.resolve("large.json");
        String context = "word ".repeat(2_000_000);
        try (JsonGenerator json = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            json.writeStartArray();
            for (int i = 0; i < 3; i++) {
                json.writeStartObject();
                json.writeNumberField("id", i);
                json.writeStringField("input", "What?");
                json.writeStringField("answer", "word");
                json.writeStringField("context", context);
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        try (Stream<QuestionAnswer> tasks = TaskFiles.questionAnswers(file, skipped::add)) {
            assertThat(tasks.mapToLong(task -> task.context().length()).sum()).isEqualTo(3L * context.length());
        }
        assertThat(skipped).isEmpty();
    }

    private List<LongBenchTask> longBench(String content) throws IOException {
        Consumer<SkippedRecord> report = skipped::add;
        return read(TaskFiles.longBench(file(content), report));
    }

    private static <T> List<T> read(Stream<T> tasks) {
        try (tasks) {
            return tasks.toList();
        }
    }

    private Path file(String content) throws IOException {
        return Files.writeString(folder.resolve("tasks.json"), content);
    }
}

package dev.rapid4j.samples.evaluation.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rapid4j.samples.evaluation.data.BookTask.MultipleChoice;
import dev.rapid4j.samples.evaluation.data.BookTask.QuestionAnswer;
import dev.rapid4j.samples.evaluation.data.BookTask.Summary;
import dev.rapid4j.samples.evaluation.data.Choice;
import dev.rapid4j.samples.evaluation.data.LongBenchTask;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Difficulty;
import dev.rapid4j.samples.evaluation.data.LongBenchTask.Length;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptsTest {

    private static final List<String> OPTIONS = List.of("one", "two", "three", "four");

    @TempDir
    private Path folder;

    @Test
    void everyTemplateTakesWhatItsTaskHas() {
        Prompts prompts = Prompts.bundled();
        LongBenchTask task = task(" A contract. ");

        assertThat(List.of(prompts.zeroShot(task), prompts.chainOfThought(task)))
                .allSatisfy(prompt -> {
                    assertThat(prompt.document()).isEqualTo("A contract.");
                    assertThat(prompt.after()).contains("Which?", "(A) one", "(B) two", "(C) three", "(D) four");
                    assertThat(prompt.text()).doesNotContain("$");
                });
        assertThat(prompts.chainOfThoughtAnswer(task, "It says three.").text())
                .contains("Which?", "(C) three", "It says three.")
                .doesNotContain("$", "A contract.");
        assertThat(prompts.retrieved(task).document()).isEqualTo("A contract.");
        assertThat(prompts.book(new QuestionAnswer("1", "A book.", "Who?", List.of("Ann")))
                        .text())
                .contains("A book.", "Who?")
                .doesNotContain("$");
        assertThat(prompts.book(new MultipleChoice("1", "A book.", "Who?", OPTIONS, Choice.A))
                        .text())
                .contains("A book.", "Who?", "A. one", "D. four")
                .doesNotContain("$");
        assertThat(prompts.book(new Summary("1", "A book.", "", List.of("Short.")))
                        .text())
                .endsWith("A book.");
    }

    @Test
    void aDocumentIsNeverTakenForPlaceholders() {
        String document = "Costs: $Q$ and $C_A$, $COT$, $DOC$, \\1 $1.";
        LongBenchTask task = task(document);
        assertThat(Prompts.bundled().zeroShot(task).document()).isEqualTo(document);
        assertThat(Prompts.bundled().chainOfThoughtAnswer(task, "$Q$ $C_B$").text())
                .contains("step by step: $Q$ $C_B$");
    }

    @Test
    void filesOfTheUserReplaceTemplates() throws IOException {
        Files.writeString(folder.resolve("0shot.txt"), "$DOC$|$Q$|$C_A$|$C_B$|$C_C$|$C_D$\n");
        Prompts prompts = Prompts.from(folder);
        assertThat(prompts.zeroShot(task("A contract.")).text()).isEqualTo("A contract.|Which?|one|two|three|four");
        assertThat(prompts.chainOfThought(task("A contract.")))
                .isEqualTo(Prompts.bundled().chainOfThought(task("A contract.")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    0shot.txt           | $DOC$ $Q$ $C_A$        | it should have all of [$C_A$, $C_B$, $C_C$, $C_D$] or none
                    longbook_qa_eng.txt | $Q$                    | it should have all of [$DOC$, $Q$]
                    longbook_qa_eng.txt | $DOC$ $Q$ $DOC$        | $DOC$ stands in it twice
                    longbook_qa_eng.txt | $DOC$ $Q$ $QUESTION$   | nothing can be put in the place of $QUESTION$
                    longbook_qa_eng.txt | $DOC$ $Q$ $COT$        | nothing can be put in the place of $COT$
                    questions.txt       | $DOC$ $Q$              | holds no template; name them 0shot.txt
                    """)
    void templatesThatCannotBeFilledAreRefused(String file, String text, String message) throws IOException {
        Files.writeString(folder.resolve(file), text);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Prompts.from(folder))
                .withMessageContaining(message)
                .withMessageContaining(folder.toString());
    }

    private static LongBenchTask task(String context) {
        return new LongBenchTask(
                "q1", "Law", "Contracts", Difficulty.HARD, Length.SHORT, " Which? ", OPTIONS, Choice.C, context);
    }
}

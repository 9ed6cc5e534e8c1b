package dev.rapid4j.samples.ask;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Question;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AskTest {

    private static final String MODEL = LighthouseModel.directory().toString();

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void answersCitesAndGoesOnAtThePrompt() throws IOException {
        LighthouseRegister register = LighthouseRegister.ofTokens(6_000, 2026);
        List<Question> questions = register.questions(Kind.ENTRY, 2, 1);
        String document = Files.writeString(folder.resolve("register.txt"), register.text())
                .toString();

        int exit = run(
                questions.get(1).text() + "\n\n",
                MODEL,
                document,
                questions.get(0).text());

        assertThat(text(out))
                .startsWith("register.txt: ")
                .contains("> " + questions.get(0).text())
                .contains("> " + questions.get(1).text())
                .containsPattern("Passages found for it:\n  lines? \\d+")
                .containsPattern("of which [1-9][\\d,]* were read before");
        assertThat(text(err)).isEmpty();
        assertThat(exit).isZero();
    }

    @Test
    void failsInOneSentence() throws IOException {
        String document =
                Files.writeString(folder.resolve("text.txt"), "A text.").toString();

        assertThat(run("", MODEL)).isEqualTo(2);
        assertThat(text(err)).isEqualTo(Ask.USAGE);
        err.reset();
        assertThat(run("", MODEL, folder.resolve("none.pdf").toString())).isOne();
        assertThat(text(err)).startsWith("There is no file").hasLineCount(1);
        err.reset();
        assertThat(run("", MODEL, folder.toString())).isOne();
        assertThat(text(err)).contains(folder + " cannot be read: give a file").hasLineCount(1);
        err.reset();
        assertThat(run("", folder.resolve("none.gguf").toString(), document)).isOne();
        assertThat(text(err)).contains("none.gguf").doesNotContain("Exception");
        err.reset();
        Path cut = Files.write(folder.resolve("cut.pdf"), "%PDF-1.7 and".getBytes(StandardCharsets.UTF_8));
        assertThat(run("", MODEL, cut.toString())).isOne();
        assertThat(text(err)).contains("cut.pdf: ", "cut short").hasLineCount(1);
    }

    @Test
    void aQuestionThatFailsAtThePromptIsFollowedByTheNext() throws IOException {
        LighthouseRegister register = LighthouseRegister.ofTokens(500, 2026);
        String document = Files.writeString(folder.resolve("register.txt"), register.text())
                .toString();
        String tooLong = "word ".repeat(100_000);
        String question = register.questions(Kind.ENTRY, 1, 1).get(0).text();

        assertThat(run(tooLong + "\n" + question + "\n", MODEL, document)).isOne();
        assertThat(text(err)).contains("can hold").hasLineCount(1);
        assertThat(text(out)).containsOnlyOnce("Prompt tokens: ").contains("> " + question + "\n");
        err.reset();
        out.reset();
        assertThat(run(question + "\n", MODEL, document, tooLong)).isOne();
        assertThat(text(err)).contains("can hold").hasLineCount(1);
        assertThat(text(out)).doesNotContain("Prompt tokens: ", question);
    }

    private int run(String typed, String... arguments) {
        return Ask.run(
                List.of(arguments),
                new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}

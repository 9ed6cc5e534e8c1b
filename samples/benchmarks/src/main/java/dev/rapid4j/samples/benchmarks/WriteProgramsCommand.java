package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.EncoderProgram;
import dev.rapid4j.internal.torch.WeightsProgram;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "write-programs",
        description = "Writes what gpu/check.sh needs on a machine without Java: the programs as torch.jit.load reads"
                + " them, the shapes, and questions for the bundled model.")
final class WriteProgramsCommand implements Callable<Integer> {

    private static final int REGISTER_TOKENS = 8_000;
    private static final int QUESTIONS = 3;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "the folder to write into; made if it is missing")
    private Path folder;

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("decoder.pt"), DecoderProgram.archive());
        Files.write(folder.resolve("encoder.pt"), EncoderProgram.archive());
        Files.write(folder.resolve("weights.pt"), WeightsProgram.archive());
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        for (String name : Shape.NAMES) {
            json.writeValue(
                    folder.resolve(name + ".json").toFile(), Shape.of(name).config());
        }
        writeQuestions(Files.createDirectories(folder.resolve("questions")), json);
        spec.commandLine().getOut().println("Written to " + folder.toAbsolutePath());
        return 0;
    }

    private static void writeQuestions(Path folder, ObjectMapper json) throws IOException {
        LighthouseRegister register = LighthouseRegister.ofTokens(REGISTER_TOKENS, 1);
        List<Map<String, String>> asked = register.questions(Kind.ENTRY, QUESTIONS, 1).stream()
                .map(question -> Map.of("question", question.text(), "answer", question.answer()))
                .toList();
        json.writeValue(
                folder.resolve("lighthouses.json").toFile(), Map.of("text", register.text(), "questions", asked));
    }
}

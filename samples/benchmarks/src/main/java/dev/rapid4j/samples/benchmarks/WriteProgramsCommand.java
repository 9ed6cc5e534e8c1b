package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.rapid4j.internal.torch.DecoderProgram;
import dev.rapid4j.internal.torch.EncoderProgram;
import dev.rapid4j.internal.torch.WeightsProgram;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "write-programs",
        description = "Writes what gpu/check.sh needs on a machine without Java: the programs as torch.jit.load reads"
                + " them, the shapes, the bundled model and questions for it.")
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
        writeBundledModel(Files.createDirectories(folder.resolve("bundled")), json);
        spec.commandLine().getOut().println("Written to " + folder.toAbsolutePath());
        return 0;
    }

    private static void writeBundledModel(Path folder, ObjectMapper json) throws IOException {
        try (Stream<Path> files = Files.list(LighthouseModel.directory())) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        LighthouseRegister register = LighthouseRegister.ofTokens(REGISTER_TOKENS, 1);
        List<Map<String, String>> asked = register.questions(Kind.ENTRY, QUESTIONS, 1).stream()
                .map(question -> Map.of("question", question.text(), "answer", question.answer()))
                .toList();
        json.writeValue(folder.resolve("questions.json").toFile(), Map.of("text", register.text(), "questions", asked));
    }
}

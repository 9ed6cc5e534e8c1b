package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.rapid4j.internal.torch.DecoderProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "write-programs",
        description = "Writes what gpu/gpu_benchmark.py needs on a machine without Java: the decoder's program as"
                + " torch.jit.load reads it, and the shapes.")
final class WriteProgramsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "the folder to write into; made if it is missing")
    private Path folder;

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("decoder.pt"), DecoderProgram.archive());
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        for (String name : Shape.NAMES) {
            json.writeValue(
                    folder.resolve(name + ".json").toFile(), Shape.of(name).config());
        }
        spec.commandLine().getOut().println("Written to " + folder.toAbsolutePath());
        return 0;
    }
}

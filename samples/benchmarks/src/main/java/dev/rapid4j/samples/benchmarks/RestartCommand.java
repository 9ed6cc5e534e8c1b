package dev.rapid4j.samples.benchmarks;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.WeightFormat;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "restart",
        description = {
            "Times the first token about a document that is read, and that an engine before has left on the disk.",
            "Both engines are loaded anew; loading is not counted. The answer must be the same."
        },
        showDefaultValues = true)
final class RestartCommand extends Measurement {

    private static final int MOST_TOKENS = 1 << 20;

    @Mixin
    private ModelOption model;

    @Mixin
    private DeviceOption device;

    @Option(names = "--weights", defaultValue = "AUTO", description = "${COMPLETION-CANDIDATES}")
    private WeightFormat weights;

    @Option(names = "--tokens", split = ",", defaultValue = "4000,16000", description = "of the document, about")
    private List<Integer> tokens;

    @Option(names = "--directory", description = "where the files are while it runs (default: a temporary folder)")
    private Path directory;

    /** A question's answer, and the engine's end. */
    private record Answer(
            String text, int promptTokens, int cachedTokens, double firstToken, double closing, long bytes) {}

    private record Result(Answer read, Answer restored) {}

    @Override
    void measure(Output output) throws IOException {
        tokens.forEach(count -> requireRange("--tokens", count, MOST_TOKENS));
        Path folder =
                directory == null ? Files.createTempDirectory("rapid-restart") : Files.createDirectories(directory);
        List<Result> results = new ArrayList<>();
        Progress progress = new Progress(output.progress(), tokens.size());
        for (int count : tokens) {
            progress.begin("%,d tokens".formatted(count), 1);
            Path files = Files.createTempDirectory(folder, "run");
            try {
                // the first calls of a process are slower
                ask(files, count / 8, 7);
                results.add(new Result(ask(files, count, 1), ask(files, count, 1)));
            } finally {
                delete(files);
            }
            output.write(results);
        }
        output.header(
                "prompt",
                "read: first token, s",
                "written while closing, s",
                "files, MB",
                "tokens from the disk",
                "after a restart: first token, s",
                "of that without",
                "same answer");
        for (Result result : results) {
            Answer read = result.read();
            Answer restored = result.restored();
            output.row(
                    "%,d".formatted(read.promptTokens()),
                    "%.2f".formatted(read.firstToken()),
                    "%.2f".formatted(read.closing()),
                    "%.0f".formatted(read.bytes() / 1e6),
                    "%,d".formatted(restored.cachedTokens()),
                    "%.3f".formatted(restored.firstToken()),
                    "%.1f %%".formatted(100 * restored.firstToken() / read.firstToken()),
                    read.text().equals(restored.text()) ? "yes" : "no");
        }
    }

    private Answer ask(Path files, int count, int seed) {
        RapidEngine engine = RapidEngine.builder()
                .target(model.name())
                .targetDevice(device.name())
                .targetWeights(weights)
                .cacheDirectory(files)
                .cacheBytes(Long.MAX_VALUE)
                .build();
        ChatResponse response;
        try {
            LighthouseRegister register = register(engine, count, seed);
            response = RapidChatModel.builder()
                    .engine(engine)
                    .mode(Mode.LONG_CONTEXT)
                    .maxOutputTokens(24)
                    .build()
                    .chat(UserMessage.from(
                            TextContent.from(register.text()),
                            TextContent.from(register.questions(Kind.ENTRY, 1, seed)
                                    .get(0)
                                    .text())));
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
        long before = System.nanoTime();
        engine.close();
        double closing = (System.nanoTime() - before) / 1e9;
        RapidChatResponseMetadata metadata = (RapidChatResponseMetadata) response.metadata();
        return new Answer(
                response.aiMessage().text(),
                metadata.statistics().targetPromptTokens(),
                metadata.statistics().cachedTokens(),
                metadata.timeToFirstToken().toNanos() / 1e9,
                closing,
                bytes(files));
    }

    /** The register with the most lighthouses that has no more tokens. */
    private static LighthouseRegister register(RapidEngine engine, int count, int seed) {
        int lighthouses = 8;
        LighthouseRegister register = LighthouseRegister.generate(lighthouses, seed);
        double each = engine.tokenCountEstimator().estimateTokenCountInText(register.text()) / (double) lighthouses;
        return LighthouseRegister.generate(Math.max(1, (int) (count / each)), seed);
    }

    private static long bytes(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}

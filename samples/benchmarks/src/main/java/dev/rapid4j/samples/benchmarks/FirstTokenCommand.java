package dev.rapid4j.samples.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.EngineStatus;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatModel;
import dev.rapid4j.RapidEngine;
import dev.rapid4j.WeightFormat;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "first-token",
        hidden = true,
        description = "Loads a model, has it read a prompt, and prints a line at the first token of its answer; what"
                + " real starts in a process of its own.")
final class FirstTokenCommand implements Callable<Integer> {

    /** One token in the vocabularies that there are, with the space before it. */
    private static final String WORD = " time";

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Mixin
    private DeviceOption device;

    @Mixin
    private CacheTypeOption cacheType;

    @Option(names = "--weights", defaultValue = "AUTO")
    private WeightFormat weights;

    @Option(names = "--tokens", defaultValue = "500")
    private int tokens;

    @Override
    public Integer call() throws IOException {
        try (RapidEngine engine = RapidEngine.builder()
                .target(model.name())
                .targetDevice(device.name())
                .targetWeights(weights)
                .cacheType(cacheType.type())
                .build()) {
            RapidChatModel chat = RapidChatModel.builder()
                    .engine(engine)
                    .mode(Mode.LONG_CONTEXT)
                    .maxOutputTokens(1)
                    .build();
            int template = engine.tokenCountEstimator().estimateTokenCountInMessages(List.of(UserMessage.from(WORD)));
            ChatResponse response = chat.chat(UserMessage.from(WORD.repeat(Math.max(1, tokens + 1 - template))));
            int promptTokens = response.metadata().tokenUsage().inputTokenCount();
            EngineStatus status = engine.status();
            ColdStart figures = new ColdStart(
                    0,
                    promptTokens,
                    Machine.residentBytes(),
                    Machine.mostResidentBytes(),
                    status.target().weightBytes(),
                    status.cacheBytes());
            spec.commandLine().getOut().println(new ObjectMapper().writeValueAsString(figures));
            spec.commandLine().getOut().flush();
        }
        return 0;
    }
}

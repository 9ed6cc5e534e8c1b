package dev.rapid4j.spring;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.AiServices;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.TorchException;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.UnsatisfiedDependencyException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What a developer reads whose application does not start. */
@ExtendWith(OutputCaptureExtension.class)
class StartFailureTest {

    @TempDir
    private Path folder;

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(RapidAutoConfiguration.class, RapidEmbeddingAutoConfiguration.class))
            .withPropertyValues("langchain4j.rapid.target=" + LighthouseModel.directory());

    private String report(String... properties) {
        StringBuilder report = new StringBuilder();
        application
                .withPropertyValues(
                        "langchain4j.rapid.hub.cache=" + folder.resolve("cache"), "langchain4j.rapid.hub.offline=true")
                .withPropertyValues(properties)
                .run(context -> report.append(FailureReport.of(context.getStartupFailure())));
        return report.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "target=/no/such/folder | There is no file or folder | Set langchain4j.rapid.target (now '/no/such/folder')",
                "target=organisation/model | not completely, in the cache | Set langchain4j.rapid.hub.offline to false",
                "drafter=/no/folder | There is no file or folder | and langchain4j.rapid.drafter (now '/no/folder')",
                "target-device=cuda:7 | Device cuda:7 is not there | langchain4j.rapid.target-device for a device",
                "passage-ranking=hybrid | passageRanking HYBRID needs | another one under langchain4j.rapid",
                "embedding-model.model=/no/such/folder | The embedding model could not be loaded | Set langchain4j.rapid.embedding-model.model (now '/no/such/folder')"
            })
    void saysWhatIsWrongAndWhichPropertyToSet(String property, String description, String action) {
        assertThat(report("langchain4j.rapid." + property))
                .contains(description)
                .contains(action);
    }

    @Test
    void namesTheFileThatIsMissingInAFolder() {
        assertThat(report("langchain4j.rapid.target=" + folder))
                .contains(folder.resolve("config.json") + " is missing", "repair its files");
    }

    @Test
    void saysHowToReachTheHubOrDoWithoutIt() {
        LoadFailures failures = new LoadFailures("The model", "target", "target-device", "target-weights");
        CheckpointException unreachable = mock(CheckpointException.class);
        when(unreachable.problem()).thenReturn(CheckpointException.Problem.UNREACHABLE);
        assertThat(failures.explain(unreachable).action())
                .contains("network", "langchain4j.rapid.hub.endpoint", "set target to its folder");

        CheckpointException full = mock(CheckpointException.class);
        when(full.problem()).thenReturn(CheckpointException.Problem.NOT_STORED);
        assertThat(failures.explain(full).action()).contains("Free space", "langchain4j.rapid.hub.cache");
    }

    @Test
    void saysWhatTakesLessMemory() {
        assertThat(new LoadFailures("The model", "target", "target-device", "target-weights")
                        .explain(new TorchException("x needs 9,999 MB on cpu as FLOAT32, and 12 MB are free"))
                        .getMessage())
                .contains("9,999 MB", "set target to something smaller, target-weights to BFLOAT16");
    }

    @Configuration(proxyBeanMethods = false)
    static class Service {

        interface Assistant {
            String answer(String question);
        }

        @Bean
        Assistant assistant() {
            return AiServices.builder(Assistant.class).build();
        }
    }

    @Test
    void saysWhichPropertyGivesAnAiServiceItsModel() {
        new ApplicationContextRunner()
                .withUserConfiguration(Service.class)
                .run(context -> assertThat(FailureReport.of(context.getStartupFailure()))
                        .contains("langchain4j.rapid.target is not set", "Set langchain4j.rapid.target to the folder"));
    }

    record Controller(ChatModel model) {}

    @Test
    void saysWhichPropertyMakesTheModelThatIsInjected(CapturedOutput output) {
        SpringApplication application = new SpringApplication(Application.class, Controller.class);
        assertThatThrownBy(application::run).isInstanceOf(UnsatisfiedDependencyException.class);
        assertThat(output)
                .containsPattern("constructor in .*Controller required a bean of type '.*ChatModel', and there is none")
                .contains("Set langchain4j.rapid.target to the folder of a Hugging Face checkpoint");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        public static void main(String[] arguments) {
            SpringApplication.run(Application.class, arguments);
        }
    }

    /** In another process: an engine that has been started stays. */
    @Test
    void saysHowToAddTheNativeLibrary() throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String withoutNative = Arrays.stream(classPath.split(java.io.File.pathSeparator))
                .filter(entry -> !entry.contains("pytorch-native"))
                .collect(joining(java.io.File.pathSeparator));
        Path output = folder.resolve("output");
        ProcessBuilder java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Duser.home=" + folder,
                        "-Dai.djl.offline=true",
                        "-cp",
                        withoutNative,
                        Application.class.getName(),
                        "--langchain4j.rapid.target=" + LighthouseModel.directory())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        java.environment().keySet().removeIf(name -> name.startsWith("DJL_") || name.startsWith("PYTORCH_"));
        Process process = java.start();
        try {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(Files.readString(output, StandardCharsets.UTF_8))
                .contains("APPLICATION FAILED TO START")
                .contains("ai.djl.pytorch:pytorch-native-cpu:2.7.1, classifier")
                .doesNotContain("\tat ");
    }
}

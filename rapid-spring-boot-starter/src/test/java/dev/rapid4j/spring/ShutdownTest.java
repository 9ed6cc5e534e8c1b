package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.ChatModel;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** Spring's shutdown hook lets requests end and closes beans; the engine ends with the JVM, too, but not before. */
@Timeout(120)
class ShutdownTest {

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {

        private static final int MILLISECONDS_OF_CLOSING = 500;

        /** Still needs the model when it is closed, and that after a while. */
        @Bean
        DisposableBean lastQuestion(ChatModel model) {
            return () -> {
                Thread.sleep(MILLISECONDS_OF_CLOSING);
                model.chat("Where?");
                System.out.println("answered");
            };
        }

        public static void main(String[] arguments) {
            new SpringApplication(Application.class).run(arguments);
            System.out.println("running");
        }
    }

    @TempDir
    private Path folder;

    @Test
    void aBeanCanStillAskTheModelWhenAnApplicationIsTerminated() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=" + folder.resolve("crash"),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Application.class.getName(),
                        "--server.port=0",
                        "--langchain4j.rapid.target=" + LighthouseModel.directory(),
                        "--langchain4j.rapid.chat-model.max-output-tokens=8")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        try (var reader = process.inputReader()) {
            List<String> lines = reader.lines()
                    .peek(line -> {
                        if (line.equals("running")) {
                            process.toHandle().destroy(); // the process itself would close its output
                        }
                    })
                    .toList();
            assertThat(lines).contains("answered");
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(folder.resolve("crash")).doesNotExist();
        assertThat(process.exitValue()).isEqualTo(143);
    }
}

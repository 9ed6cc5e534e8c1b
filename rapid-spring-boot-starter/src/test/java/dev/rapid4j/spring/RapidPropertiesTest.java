package dev.rapid4j.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidEngine;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

class RapidPropertiesTest {

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(RapidProperties.class)
    static class Application {}

    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withUserConfiguration(Application.class);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "target | '' | target must be a folder, a GGUF file or a model of the hub",
                "draft-context-tokens | 0 | must be at least 1",
                "passage-tokens | -5 | must be at least 1",
                "passage-cache-size | 0B | must be at least 1",
                "cache-size | -1B | must be at least 0",
                "cache-directory-size | 0B | must be at least 1",
                "max-parallel-requests | 0 | must be at least 1",
                "max-queued-requests | -1 | must be at least 0",
                "min-similarity | 1.5 | must be from -1 to 1",
                "passages-introduction | ' ' | must not be blank; leave it out for none",
                "target-device | gpu | use auto, cpu, cuda or cuda:N",
                "drafter-device | cuda:x | use auto, cpu, cuda or cuda:N",
                "target-weights | int3 | AUTO BFLOAT16 FLOAT16 FLOAT32 FP8 INT4 INT8",
                "cache-type | int8 | AUTO BFLOAT16 FLOAT16 FLOAT32",
                "cpu-threads | 0 | must be between 1 and 1024",
                "load | sometimes | BACKGROUND EAGER LAZY",
                "cache-size | much | does not match data size pattern",
                "model-name | ' ' | must not be blank",
                "hub.endpoint | ftp://x | http or https address",
                "hub.timeout | -1s | must be positive",
                "chat-model.mode | fast | LONG_CONTEXT NAIVE_SPECULATIVE PASSAGE_ATTENTION RAPID RETRIEVAL_ONLY SPECULATIVE STREAMING_DRAFT",
                "chat-model.temperature | 3 | must be from 0 to 2",
                "chat-model.top-p | 0 | must be above 0 and at most 1",
                "chat-model.top-k | -1 | must be from 0",
                "chat-model.frequency-penalty | 2.5 | must be from -2 to 2",
                "chat-model.presence-penalty | -3 | must be from -2 to 2",
                "chat-model.max-output-tokens | 0 | must be at least 1",
                "chat-model.stop-sequences[0] | '' | must not hold an empty text",
                "chat-model.margin | 101 | must be from 0 to 100",
                "chat-model.draft-tokens | 65 | must be from 0 to 64",
                "chat-model.confidence-threshold | 1.1 | must be from 0 to 1",
                "chat-model.plausibility | -0.1 | must be from 0 to 1",
                "chat-model.draft-context | all | AUTO PASSAGE_PROMPT PASSAGE_ROWS",
                "chat-model.passages | 0 | must be at least 1",
                "chat-model.max-thinking-tokens | -1 | must be at least 0",
                "chat-model.timeout | 0s | must be positive",
                "streaming-chat-model.margin | 101 | must be from 0 to 100",
                "embedding-model.device | gpu | use auto, cpu, cuda or cuda:N",
                "retrieval.max-segments | 0 | must be at least 1",
                "retrieval.max-documents | 0 | must be at least 1",
                "retrieval.max-context-tokens | 0 | must be at least 1",
                "retrieval.min-similarity | 2 | must be from -1 to 1"
            })
    void valuesOutOfRangeAreRefusedAtTheStartByNameAndRange(String property, String value, String range) {
        application
                .withPropertyValues("langchain4j.rapid." + property + "=" + value)
                .run(context -> {
                    String report = FailureReport.of(context.getStartupFailure());
                    assertThat(report.replaceAll("\\s+", " "))
                            .contains("Property: langchain4j.rapid." + property.replaceAll("\\[.*", ""))
                            .contains(range);
                });
    }

    @Test
    void aTokenIsNotShown() {
        application
                .withPropertyValues("langchain4j.rapid.hub.token=hf_secret secret")
                .run(context -> {
                    assertThat(FailureReport.of(context.getStartupFailure()))
                            .contains("langchain4j.rapid.hub.token", "spaces or other characters")
                            .doesNotContain("hf_secret");
                });
        application
                .withPropertyValues("langchain4j.rapid.hub.token=hf_secret")
                .run(context -> assertThat(
                                context.getBean(RapidProperties.class).toString())
                        .doesNotContain("hf_secret"));
    }

    @Test
    void whatIsNotSetKeepsTheLibrarysDefault() {
        RapidProperties nothing = properties(Map.of());

        assertThat(nothing.settings().applyTo(RapidEngine.builder()))
                .usingRecursiveComparison()
                .isEqualTo(RapidEngine.builder());
        assertThat(nothing.chatModel().parameters()).isEqualTo(RapidChatRequestParameters.EMPTY);
        assertThat(nothing.load()).isEqualTo(LoadMode.EAGER);
    }

    @Test
    void templateVariablesAreTruthValuesNumbersAndText() {
        RapidEngine.Builder builder = properties(Map.of(
                        "chat-template-variables.enable_thinking", "false",
                        "chat-template-variables.thinking_budget", "512",
                        "chat-template-variables.date_string", "26 Jul 2024"))
                .settings()
                .applyTo(RapidEngine.builder());

        assertThat(builder)
                .extracting("chatTemplateVariables")
                .isEqualTo(Map.of("enable_thinking", false, "thinking_budget", 512L, "date_string", "26 Jul 2024"));
    }

    private static RapidProperties properties(Map<String, ?> values) {
        Map<String, Object> named = new TreeMap<>();
        values.forEach((name, value) -> named.put(RapidProperties.PREFIX + "." + name, value));
        return new Binder(new MapConfigurationPropertySource(named))
                .bindOrCreate(RapidProperties.PREFIX, RapidProperties.class);
    }
}

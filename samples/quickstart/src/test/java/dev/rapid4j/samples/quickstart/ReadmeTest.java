package dev.rapid4j.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    private static final Pattern JAVA = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

    /** Compiled with the tests of their modules. */
    private static final List<String> EXAMPLES = List.of(
            "samples/quickstart/src/test/java/dev/rapid4j/samples/quickstart/ReadmeExamples.java",
            "samples/document-store/src/test/java/dev/rapid4j/samples/documentstore/ReadmeExamples.java",
            "rapid-spring-boot-starter/src/test/java/dev/rapid4j/readme/Assistant.java",
            "rapid-spring-boot-starter/src/test/java/dev/rapid4j/readme/Application.java",
            "samples/web-chat/src/test/java/dev/rapid4j/readme/OpenAiExample.java");

    @Test
    void theJavaCodeOfTheReadmeIsCodeThatCompiles() throws IOException {
        StringBuilder examples = new StringBuilder();
        for (String file : EXAMPLES) {
            examples.append(squeezed(Files.readString(Path.of("../..", file))));
        }
        List<String> snippets = JAVA.matcher(Files.readString(Path.of("../../README.md")))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
        assertThat(snippets).hasSizeGreaterThan(4);
        assertThat(snippets).allSatisfy(snippet -> assertThat(examples).contains(squeezed(snippet)));
    }

    private static String squeezed(String code) {
        return code.replaceAll("\\s+", "");
    }
}

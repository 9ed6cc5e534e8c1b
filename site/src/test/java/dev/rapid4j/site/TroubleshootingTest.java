package dev.rapid4j.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/troubleshooting.md quotes what the code says. */
class TroubleshootingTest {

    private static final Path REPOSITORY = Path.of("..");
    private static final List<String> MODULES = List.of("rapid-langchain4j", "rapid-spring-boot-starter");

    /** Where a literal goes on in the next one. */
    private static final Pattern SEAM = Pattern.compile("\"\\s*\\+\\s*\"");

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern PLACE = Pattern.compile("%[0-9$,]*[sd]");

    @Test
    void everyMessageIsOneOfTheCode() throws IOException {
        List<String> messages = Source.read(REPOSITORY, Path.of("docs/troubleshooting.md"))
                .body()
                .select("tbody td:first-child > code:first-child")
                .eachText();
        List<String> sources = literals();

        assertThat(messages).hasSizeGreaterThan(40);
        assertThat(messages)
                .allSatisfy(message -> assertThat(sources)
                        .as(message)
                        .anyMatch(source -> pattern(message).matcher(source).find()));
    }

    /** The parts between names and numbers stand in this order in one file, not far from each other. */
    private static Pattern pattern(String message) {
        return Pattern.compile(
                Stream.of(message.split("…")).map(Pattern::quote).collect(Collectors.joining("[\\s\\S]{0,400}?")));
    }

    private static List<String> literals() throws IOException {
        List<String> texts = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(REPOSITORY.resolve(module).resolve("src/main/java"))) {
                for (Path file :
                        files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    String code = SEAM.matcher(Files.readString(file)).replaceAll("");
                    texts.add(LITERAL.matcher(code)
                            .results()
                            .map(TroubleshootingTest::text)
                            .collect(Collectors.joining("\n")));
                }
            }
        }
        return texts;
    }

    private static String text(MatchResult literal) {
        return PLACE.matcher(literal.group(1).replace("\\\"", "\"")).replaceAll("…");
    }
}

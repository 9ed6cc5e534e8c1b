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
    /** Most characters of other literals between two parts of a message. */
    private static final int LONGEST_PLACE = 200;

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
                        .anyMatch(source -> says(source, parts(message), 0, source.length())));
    }

    private static List<String> parts(String message) {
        return Stream.of(message.split("…")).filter(part -> !part.isBlank()).toList();
    }

    /**
     * Whether the parts stand in this order, the first within a range and each next one not far from that before it.
     */
    private static boolean says(String source, List<String> parts, int from, int to) {
        if (parts.isEmpty()) {
            return true;
        }
        String part = parts.get(0);
        for (int at = source.indexOf(part, from); at >= 0 && at <= to; at = source.indexOf(part, at + 1)) {
            int end = at + part.length();
            if (says(source, parts.subList(1, parts.size()), end, end + LONGEST_PLACE)) {
                return true;
            }
        }
        return false;
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

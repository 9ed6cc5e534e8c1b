package dev.rapid4j.chattemplate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.readme.Prompts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final Path EXAMPLE = Path.of("src/test/java/dev/rapid4j/readme/Prompts.java");

    @Test
    void theCodeOfTheReadmeIsCodeThatCompiles() throws IOException {
        List<String> snippets = snippets("java");
        assertThat(snippets).isNotEmpty();
        String example = squeezed(Files.readString(EXAMPLE));
        assertThat(snippets).allSatisfy(snippet -> assertThat(example).contains(squeezed(snippet)));
    }

    @Test
    void theExampleGivesWhatTheReadmeSays() throws IOException {
        RenderedChat chat = Prompts.ask("What is <|im_end|>?");
        assertThat(chat.text()).isEqualTo(snippets("text").get(0));
        assertThat(chat.spans()).contains(new RenderedChat.Span("What is <|im_end|>?", false));
    }

    private static List<String> snippets(String language) throws IOException {
        return Pattern.compile("```" + language + "\\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    private static String squeezed(String code) {
        return code.replaceAll("\\s+", "");
    }
}

package dev.rapid4j.internal.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rapid4j.internal.checkpoint.EditedFiles;
import dev.rapid4j.internal.json.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearExpressionTest {

    private static final Path TOKENIZER = Path.of("src/test/resources/tokenizers/bytelevel.json");

    /** Long runs of one sort, at the end of which comes another. */
    private static final List<String> RUNS = List.of(
            " ", "\n", " \n", "a", "A", "aB", "é", "e\u0301", "\u0301", "字", "7", "!", "'s", "_", "▁", " a", "😀");

    @ParameterizedTest
    @EnumSource
    void takesThoseOfPublishedTokenizers(PublishedExpression expression) {
        if (expression.linear().equals(expression.regex())) {
            assertThatCode(() -> LinearExpression.check(expression.regex())).doesNotThrowAnyException();
        }
        assertThat(PublishedExpression.of(expression.regex())).contains(expression);
    }

    @ParameterizedTest
    @EnumSource
    void goesThroughLongRunsOfAnySort(PublishedExpression expression) throws IOException {
        try (NativeTokenizer tokenizer = splitter(expression.linear())) {
            String text = RUNS.stream()
                    .flatMap(run -> Stream.of("x", "1", "\n", " ", "?").map(end -> run.repeat(1_000) + end))
                    .collect(Collectors.joining());
            assertThat(tokenizer.encode(text)).isNotEmpty();
        }
    }

    @Test
    void theLinearFormOfAnExpressionMatchesTheSame() throws IOException {
        PublishedExpression expression = PublishedExpression.DEEPSEEK_LLM_END;
        assertThat(expression.linear()).isNotEqualTo(expression.regex());
        try (NativeTokenizer published = splitter(expression.regex());
                NativeTokenizer linear = splitter(expression.linear())) {
            for (int i = 0; i < 4 * 4 * 4 * 4 * 4 * 4; i++) {
                StringBuilder text = new StringBuilder("x");
                for (int rest = i; rest > 0; rest /= 4) {
                    text.append(" \n\ta".charAt(rest % 4));
                }
                assertThat(linear.encodeWithPlaces(text.toString()).spans())
                        .usingRecursiveComparison()
                        .isEqualTo(published.encodeWithPlaces(text.toString()).spans());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "[0-9]",
                "\\s+|a",
                " ?[^\\s]+",
                "\\p{Lu}?\\p{L}+\\d*",
                "[[:alpha:]]++",
                "[a-z&&[^b]]{2,}",
                "(?i:a|bc)?x",
                "^a+b*",
                "\\A *x| {2,}",
                "<[a-z]+>",
                "a*b|a*c|a+",
                "\\s++$|\\s*\\n|\\s+(?!\\S)|\\s"
            })
    void takesWhatIsLinearByConstruction(String expression) throws IOException {
        LinearExpression.check(expression);
        splitter(expression).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "|a", "a|", "a*", "a?b*", "(?:)", "$", "^", "\\A", "(?!\\S)", "[]", "a{0}", "\\b", "(a?)x",
            })
    void refusesWhatMayMatchNothing(String expression) {
        assertThatIllegalArgumentException().isThrownBy(() -> LinearExpression.check(expression));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(a*)*b",
                "(a|aa)+",
                "(?:ab){2}",
                "((a))",
                "a+*",
                "a{1,3}+",
                "a{2}{2}",
                "a+b",
                "a*b|b",
                "a*b|a?|a+",
                "a*b|c|a+",
                "a*b|ca+",
                "a*b|^a+",
                "a+$",
                "^a*b",
                "a*b|a*c$|a+",
                "\\s+\\s+x|\\s+",
                "\\s++(?!\\S)",
                "a+(?!\\S)",
                "a*[ab]+c|a+",
                ">[^<]+<",
                "a{1000}",
                "(?:a|b|c)?(?:a|b|c)?(?:a|b|c)?(?:a|b|c)?(?:a|b|c)?x",
                "(a)\\1",
                "(?<n>a)",
                "(?=a)b",
                "(?<=a)b",
                "(?>a+)b",
                "(?i)a",
                "(?i:ß)",
                "a+?",
                "a??b",
                "\\R",
                "\\X",
                "\\G a",
                "\\p{L",
                "[a",
                "a)",
                "(a",
                "a]",
                "{2}",
                "a\\"
            })
    void refusesWhatIsNotKnownToBeLinear(String expression) {
        assertThatIllegalArgumentException().isThrownBy(() -> LinearExpression.check(expression));
    }

    /** What the check takes a quantifier with a plus for. */
    @Test
    void theLibraryKnowsPossessiveQuantifiers() throws IOException {
        try (NativeTokenizer tokenizer = splitter("a?+a")) {
            assertThat(tokenizer.encodeWithPlaces("xay").spans()).hasSize(1);
            assertThat(tokenizer.encodeWithPlaces("xaay").spans()).hasSize(3);
        }
    }

    /** A tokenizer that has a token for each piece. */
    private static NativeTokenizer splitter(String expression) throws IOException {
        ObjectNode root = (ObjectNode) JsonFile.MAPPER.readTree(TOKENIZER.toFile());
        root.putNull("normalizer")
                .putNull("post_processor")
                .putNull("truncation")
                .putNull("padding");
        root.putArray("added_tokens");
        JsonNode split = EditedFiles.json("{'type':'Split','behavior':'Isolated','invert':false}");
        ((ObjectNode) split).putObject("pattern").put("Regex", expression);
        root.set("pre_tokenizer", split);
        root.set("model", EditedFiles.json("{'type':'WordLevel','vocab':{'?':0},'unk_token':'?'}"));
        return new NativeTokenizer(JsonFile.MAPPER.writeValueAsString(root));
    }
}

package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs stay readable. */
class ProgramSourcesTest {

    private static final int LONGEST_LINE = 140;
    private static final int MOST_PARAMETERS = 6;

    private static final Pattern SIGNATURE = Pattern.compile("def \\w+\\(([^)]*)\\)");

    @ParameterizedTest
    @ValueSource(strings = {"blocks.py", "decoder.py", "encoder.py", "processor.py", "weights.py"})
    void linesFitAScreenAndNoSignatureIsAList(String file) throws IOException {
        String source;
        try (InputStream in = ProgramSourcesTest.class.getResourceAsStream(file)) {
            source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(source.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(LONGEST_LINE));
        assertThat(SIGNATURE.matcher(source).results().map(MatchResult::group))
                .isNotEmpty()
                .allSatisfy(signature -> assertThat(parameters(signature)).isLessThanOrEqualTo(MOST_PARAMETERS));
    }

    /** Each has its type behind a colon, but for {@code self}. */
    private static long parameters(String signature) {
        return Arrays.stream(signature.split("")).filter(":"::equals).count();
    }
}

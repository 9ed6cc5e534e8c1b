package dev.rapid4j.samples.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {

    private final Locale locale = Locale.getDefault();

    @BeforeEach
    void setLocale() {
        Locale.setDefault(Locale.ROOT);
    }

    @AfterEach
    void restoreLocale() {
        Locale.setDefault(locale);
    }

    @Test
    void writesOneLineAnewOnATerminalAndClearsIt() {
        String shown = shown(true, progress -> {
            progress.onPrefill(9_000, 16_000);
            progress.onPrefill(15_999, 16_000);
        });

        assertThat(shown).isEqualTo("\r  reading: token 9,000 of 16,000\r" + " ".repeat(33) + "\r");
    }

    @Test
    void writesAFewWholeLinesElsewhere() {
        String shown = shown(false, progress -> {
            for (int read = 500; read < 16_000; read += 500) {
                progress.onPrefill(read, 16_000);
            }
            progress.onPrefill(15_999, 16_000);
            progress.onPrefill(1_024, 3_600);
            progress.onPrefill(3_599, 3_600);
            progress.onIndexing(70, 128);
            progress.onIndexing(128, 128);
            for (long loaded = 0; loaded <= 4_000_000_000L; loaded += 1_000_000_000L) {
                progress.onLoading("qwen", loaded, 4_000_000_000L);
            }
        });

        assertThat(shown.lines())
                .containsExactly(
                        "  reading: token 4,000 of 16,000",
                        "  reading: token 8,000 of 16,000",
                        "  reading: token 12,000 of 16,000",
                        "  reading: token 1,024 of 3,600",
                        "  indexing: passage 70 of 128",
                        "  loading qwen: megabyte 1,000 of 4,000",
                        "  loading qwen: megabyte 2,000 of 4,000",
                        "  loading qwen: megabyte 3,000 of 4,000");
        assertThat(shown).doesNotContain("\r").endsWith("\n");
    }

    @Test
    void saysNothingOfATextThatIsInTheCacheOrShort() {
        for (boolean terminal : new boolean[] {true, false}) {
            assertThat(shown(terminal, progress -> {
                        progress.onPrefill(15_855, 15_874);
                        progress.onPrefill(15_873, 15_874);
                        progress.onPrefill(500, 1_500);
                        progress.onLoading("smol", 0, 100_000_000);
                    }))
                    .isEmpty();
        }
    }

    private static String shown(boolean terminal, Consumer<ConsoleProgress> steps) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        steps.accept(new ConsoleProgress(new PrintStream(bytes, true, UTF_8), terminal));
        return bytes.toString(UTF_8);
    }
}

package dev.rapid4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {

    @Test
    void showsProgressOnTheConsole() {
        DownloadProgress half = new DownloadProgress("a.safetensors", 750_000_000, 1_500_000_000, 0, 2);
        DownloadProgress end = new DownloadProgress("a.safetensors", 1_500_000_000, 1_500_000_000, 1, 2);
        assertThat(show(false, half, half, end)).isEqualToNormalizingNewlines("""
                        a.safetensors 750.0 MB of 1.5 GB (file 1 of 2)
                        a.safetensors 1.5 GB of 1.5 GB (file 1 of 2)
                        """);
        assertThat(show(true, half, end)).startsWith("\r" + "█".repeat(15) + "░".repeat(15) + " a.safetensors");
    }

    private static String show(boolean terminal, DownloadProgress... steps) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ConsoleProgress console = new ConsoleProgress(new PrintStream(out, true, UTF_8), terminal);
        for (DownloadProgress step : steps) {
            console.onProgress(step);
        }
        return out.toString(UTF_8);
    }
}

package dev.rapid4j.samples.toolsandrecords;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

@EnabledIfEnvironmentVariable(named = "RAPID_MODELS", matches = ".+", disabledReason = "no real models")
class ToolsAndRecordsTest {

    @Test
    void readsTheLeaseAndConvertsItsRent() throws IOException {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            ToolsAndRecords.main(
                    new String[] {System.getenv("RAPID_MODELS") + "/Qwen2.5-Coder-0.5B-Instruct-Q4_K_M.gguf"});
        } finally {
            System.setOut(out);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("tenant=Jonas Okafor", "monthlyRent=1150", "convertEuros", "returns 1081.0");
    }
}

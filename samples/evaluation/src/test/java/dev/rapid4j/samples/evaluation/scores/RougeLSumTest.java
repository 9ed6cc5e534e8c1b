package dev.rapid4j.samples.evaluation.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class RougeLSumTest {

    private record Case(String prediction, List<String> references, double score) {}

    @Test
    void isWhatGooglesPackageComputes() throws IOException {
        List<Case> cases;
        try (InputStream in = RougeLSumTest.class.getResourceAsStream("rouge-cases.jsonl")) {
            cases = new ObjectMapper()
                    .readerFor(Case.class)
                    .<Case>readValues(in)
                    .readAll();
        }
        assertThat(cases)
                .hasSize(350)
                .allSatisfy(test -> assertThat(RougeLSum.fMeasure(test.prediction(), test.references()))
                        .isCloseTo(test.score(), within(1e-12)));
    }
}

package dev.rapid4j.samples.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapid4j.samples.evaluation.runs.Answer;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.Run;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentsReportTest {

    @TempDir
    private Path root;

    /** Letters tell which answers are right: R or w. */
    private Path run(String name, Benchmark benchmark, Method method, int questions, String answers) {
        Run run = SyntheticRuns.run(SyntheticRuns.settings(benchmark, method));
        Run ofSo = new Run(run.settings(), run.shard(), questions, run.machine());
        List<Answer> all = IntStream.range(0, answers.length())
                .mapToObj(i -> SyntheticRuns.answer(ofSo, i, answers.charAt(i) == 'R', 5_000, 20))
                .toList();
        return SyntheticRuns.write(root.resolve(name), ofSo, all);
    }

    @Test
    void aSettingIsComparedWithLongContextOnTheQuestionsOfBoth() {
        Map<String, List<Path>> settings = new LinkedHashMap<>();
        settings.put("plain", List.of(run("plain", Benchmark.FACTS, Method.LONG_CONTEXT, 10, "RRRRRRRRww")));
        settings.put("rapid", List.of(run("rapid", Benchmark.FACTS, Method.RAPID, 10, "RRRRRwwwR")));

        List<String> rows = rows(DocumentsReport.markdown(Map.of("models/small.gguf", settings)), "plain", "rapid");

        // Wilson's interval by statsmodels: 8 of 10 is 0.490 to 0.943, 6 of 9 is 0.354 to 0.879
        assertThat(rows.get(0)).startsWith("| small.gguf | plain | 8 of 10 (80, 49 to 94) | – | 8 of 10");
        assertThat(rows.get(1))
                .startsWith("| small.gguf | rapid (9 of 10 answered) | 6 of 9 (67, 35 to 88)")
                .contains("| 3 | 1 (p 0.62) | 20.0 |")
                .endsWith("| 50.0 | – | – |");
    }

    @Test
    void answersAndChoicesOfASettingAreTakenTogether() {
        List<Path> both = List.of(
                run("facts", Benchmark.FACTS, Method.LONG_CONTEXT, 4, "RRww"),
                run("choices", Benchmark.LONGBENCH_V2, Method.LONG_CONTEXT, 2, "R"));

        // ids are the same in made up runs, so that the choice takes the place of the first answer
        assertThat(DocumentsReport.markdown(Map.of("target", Map.of("plain", both))))
                .contains("| plain (4 of 6 answered) | 1 of 3", "| 1 of 1 (100, 21 to 100) |");
    }

    @Test
    void whatPassagesHoldAndWhatTheProcessTookIsSaid() {
        Run run = SyntheticRuns.run(SyntheticRuns.settings(Benchmark.FACTS, Method.CLASSIC_RAG));
        List<Answer> all = IntStream.range(0, 4)
                .mapToObj(i -> SyntheticRuns.answer(run, i, true, 5_000, 20))
                .map(answer -> new Answer(
                        answer.task(), answer.document(), answer.passes(), held(answer), Optional.of(1_949_000_000L)))
                .toList();
        Path folder = SyntheticRuns.write(root.resolve("run"), run, all);

        String row = rows(DocumentsReport.markdown(Map.of("target", Map.of("rag", List.of(folder)))), "rag")
                .get(0);

        assertThat(row).endsWith("| 2 of 3 | 1.9 |");
    }

    /** Of the first two, and not of the last, where it is not known. */
    private static Optional<Boolean> held(Answer answer) {
        int number = answer.passes().get(0).seed();
        return number == 3 ? Optional.empty() : Optional.of(number < 2);
    }

    /** By R's binom.test(3, 13), binom.test(1, 4) and so on. */
    @Test
    void theChanceOfADifferenceIsThatOfThrowingCoins() {
        assertThat(new PairedComparison(80, 3, 10).chance()).isCloseTo(0.0923, within(1e-4));
        assertThat(new PairedComparison(80, 1, 3).chance()).isCloseTo(0.625, within(1e-9));
        assertThat(new PairedComparison(80, 0, 6).chance()).isCloseTo(0.03125, within(1e-9));
        assertThat(Stream.of(new PairedComparison(80, 5, 5), new PairedComparison(80, 0, 0)))
                .allSatisfy(same -> assertThat(same.chance()).isEqualTo(1));
    }

    private static List<String> rows(String markdown, String... settings) {
        return Stream.of(settings)
                .map(setting -> markdown.lines()
                        .filter(line -> line.contains("| " + setting))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }
}

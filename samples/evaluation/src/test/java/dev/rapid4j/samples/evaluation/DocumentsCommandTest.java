package dev.rapid4j.samples.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.samples.evaluation.report.SyntheticRuns;
import dev.rapid4j.samples.evaluation.runs.Benchmark;
import dev.rapid4j.samples.evaluation.runs.Method;
import dev.rapid4j.samples.evaluation.runs.RunSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class DocumentsCommandTest {

    @TempDir
    private Path folder;

    private final StringWriter messages = new StringWriter();

    private int run(String... arguments) {
        CommandLine program =
                Evaluate.commandLine().setOut(new PrintWriter(messages, true)).setErr(new PrintWriter(messages, true));
        return program.execute(Stream.concat(Stream.of("documents", "--out=" + folder), Stream.of(arguments))
                .toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --target=bundled --documents=gpl-2                            | There is no text "gpl-2"; there are gfdl-1.3, rfc-1952
            --target=bundled --settings=rapid                             | is none of long-context, lookup, classic-rag, retrieval-only
            --target=bundled --settings=rapid-10-row                      | rapid-MARGIN-rows and rapid-MARGIN-paper, as in rapid-10-rows
            --target=bundled --documents=gfdl-1.3 --weights=INT7          | Invalid value for option '--weights'
            --target=bundled --documents=gfdl-1.3 --passage-tokens=many   | Invalid value for option '--passage-tokens'
            --target=/no/such/folder.gguf                                 | /no/such/folder.gguf
            --target=bundled --report-only                                | bundled; leave --report-only out to ask
            --target=bundled --settings=rapid-10,lookup --draft=bundled   | --settings lookup has no drafter of its own; with --draft
            --documents=gpl-3                                             | Missing required option: '--target=<targets>'
            """)
    void whatCannotBeRunIsToldInALine(String arguments, String message) {
        assertThat(run(arguments.split(" +"))).isNotZero();
        assertThat(messages.toString()).contains(message).doesNotContain("\tat ");
    }

    /** LangChain4j's retrieval needs the embedding model, and has no part in the engine's passages. */
    @Test
    void theEngineIsLoadedForTheSettingWhosePassagesItFinds() {
        RunSettings plain = SyntheticRuns.settings(Benchmark.FACTS, Method.LONG_CONTEXT);
        RunSettings rag = SyntheticRuns.settings(Benchmark.FACTS, Method.CLASSIC_RAG);
        RunSettings rapid = SyntheticRuns.settings(Benchmark.FACTS, Method.RAPID);

        assertThat(EvaluationRun.loading(List.of(plain, rag, rapid))).isEqualTo(rapid);
        assertThat(EvaluationRun.loading(List.of(plain, rag))).isEqualTo(rag);
    }

    @Test
    void aSettingSaysWhatIsDraftedOver() {
        assertThat(DocumentsSetting.of("rapid-0").options())
                .isEqualTo(List.of("--mode=rapid", "--margin=0", "--draft-context=AUTO", "--learn-every-token=true"));
        assertThat(DocumentsSetting.of("rapid-40-rows").options())
                .isEqualTo(List.of(
                        "--mode=rapid", "--margin=40", "--draft-context=PASSAGE_ROWS", "--learn-every-token=true"));
        assertThat(DocumentsSetting.of("rapid-2.5-prompt").options())
                .isEqualTo(List.of(
                        "--mode=rapid", "--margin=2.5", "--draft-context=PASSAGE_PROMPT", "--learn-every-token=true"));
        assertThat(DocumentsSetting.of("passage-attention").options()).containsExactly("--mode=passage-attention");
    }
}

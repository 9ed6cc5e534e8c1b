package dev.rapid4j.samples.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchmarksTest {

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine program = Benchmarks.commandLine();
        program.setOut(new PrintWriter(out, true));
        program.setErr(new PrintWriter(err, true));
        return program.execute(arguments);
    }

    @Test
    void oneCommandMeasuresEverything() throws IOException {
        Path file = folder.resolve("all.json");

        int status = run("all", "--quick", "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode results = new ObjectMapper().readTree(file.toFile());
        assertThat(results.fieldNames())
                .toIterable()
                .containsExactly(
                        "machine",
                        "modes",
                        "sweep",
                        "questions",
                        "parallel",
                        "shapes",
                        "passages",
                        "embedding",
                        "micro");
        assertThat(results.get("micro").findValuesAsText("what"))
                .containsExactlyInAnyOrder("openTokenizer", "tokenize", "split", "searchDense", "searchHybrid");
        assertThat(results.get("micro").findValues("median")).allMatch(median -> median.doubleValue() > 0);
    }

    @Test
    void exactModesAnswerAllQuestionsAsLongContextDoesAndAfterARestartFromTheDisk() throws IOException {
        Path file = folder.resolve("questions.json");

        int status = run(
                "questions",
                "--device=cpu",
                "--context=1500",
                "--draft-context=512",
                "--later=1",
                "--max-output-tokens=24",
                "--directory=" + folder.resolve("files"),
                "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode results = new ObjectMapper().readTree(file.toFile()).get("questions");
        assertThat(results.findValuesAsText("setting")).containsExactly("LONG_CONTEXT", "AS_IN_PAPER", "SPECULATIVE");
        JsonNode longContext = results.at("/0/turns/0");
        for (JsonNode result : results) {
            JsonNode turn = result.at("/turns/0");
            assertThat(turn.findValuesAsText("answer")).isEqualTo(longContext.findValuesAsText("answer"));
            assertThat(turn.at("/repeated/answer")).isEqualTo(turn.at("/first/answer"));
            assertThat(turn.at("/first/readTokens").asInt())
                    .isGreaterThanOrEqualTo(turn.at("/first/promptTokens").asInt());
            assertThat(turn.at("/later/0/question")).isNotEqualTo(turn.at("/first/question"));
        }
        assertThat(longContext.at("/restarted/readTokens").asInt()).isLessThan(512);
        assertThat(out.toString()).contains("| 4 of 4 |");
        assertThat(folder.resolve("files")).isEmptyDirectory();
    }

    @Test
    void aTextOfOnesOwnIsAskedAbout() throws IOException {
        Path text = Files.writeString(
                folder.resolve("text"), LighthouseRegister.generate(60, 1).text());
        Path file = folder.resolve("questions.json");

        int status = run(
                "questions",
                "--device=cpu",
                "--setting=SPECULATIVE",
                "--context=1200",
                "--draft-context=512",
                "--max-output-tokens=8",
                "--text=" + text,
                "--question=What is it about?",
                "--question=Where does it end?",
                "--question=What is left out?",
                "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode turn = new ObjectMapper().readTree(file.toFile()).at("/questions/1/turns/0");
        assertThat(turn.findValuesAsText("question"))
                .containsExactly("What is it about?", "Where does it end?", "What is left out?", "What is it about?");
        assertThat(turn.at("/first/promptTokens").asInt()).isBetween(1100, 1300);
    }

    /** The bundled model knows no JSON, so only what the schema gives is sure to be right. */
    @Test
    void answersByASchemaAreTimedAgainstThoseInWords() throws IOException {
        Path file = folder.resolve("constrained.json");

        int status = run(
                "constrained",
                "--device=cpu",
                "--context=1500",
                "--draft-context=512",
                "--mode=LONG_CONTEXT,SPECULATIVE",
                "--questions=1",
                "--max-output-tokens=24",
                "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode results = new ObjectMapper().readTree(file.toFile()).get("constrained");
        assertThat(results.findValuesAsText("mode")).containsExactly("LONG_CONTEXT", "SPECULATIVE");
        for (JsonNode result : results) {
            assertThat(result.at("/speedUp/median").doubleValue()).isPositive();
            assertThat(result.at("/constrained/given/median").doubleValue()).isPositive();
            assertThat(result.at("/unconstrained/given/median").doubleValue()).isZero();
        }
    }

    /** The numbers of parameters that the models' authors publish. */
    @ParameterizedTest
    @CsvSource({"qwen2.5-0.5b, 494032768", "llama-3.2-1b, 1235814400", "llama-3.1-8b, 8030261248"})
    void shapesAreThoseOfThePublishedModels(String name, long parameters) {
        assertThat(Shape.of(name).tensors().values().stream()
                        .mapToLong(Shape::elements)
                        .sum())
                .isEqualTo(parameters);
    }

    @Test
    void aModelIsTimedBehindEveryContextAgainstTheReadBandwidth() throws IOException {
        Path file = folder.resolve("new").resolve("shapes.json");

        int status = run(
                "shapes",
                "--shape=tiny",
                "--device=cpu",
                "--weights=FLOAT32,BFLOAT16",
                "--context=600,20",
                "--tokens=4",
                "--repetitions=2",
                "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode results = new ObjectMapper().readTree(file.toFile()).get("shapes");
        assertThat(results.findValuesAsText("weights")).containsExactly("FLOAT32", "BFLOAT16");
        JsonNode exact = results.get(0);
        assertThat(exact.get("passes").findValuesAsText("context")).containsExactly("20", "20", "600", "600");
        assertThat(exact.get("passes").findValuesAsText("tokens")).containsExactly("1", "4", "1", "4");
        long cached = 4 * 2 * 2 * 64 * Float.BYTES;
        assertThat(exact.at("/passes/3/bytes").longValue()
                        - exact.at("/passBytes").longValue())
                .isEqualTo(600 * cached);
        assertThat(results.at("/1/passBytes").longValue() * 2)
                .isEqualTo(exact.at("/passBytes").longValue());
        assertThat(exact.at("/prefills/1/tokensPerSecond/minimum").doubleValue())
                .isPositive()
                .isLessThanOrEqualTo(
                        exact.at("/prefills/1/tokensPerSecond/maximum").doubleValue());
        double share = exact.at("/passes/2/bytes").longValue()
                / exact.at("/passes/2/seconds/minimum").doubleValue()
                / exact.at("/readBandwidth/minimum").doubleValue();
        assertThat(exact.at("/passes/2/bandwidthShare/maximum").doubleValue())
                .isPositive()
                .isLessThanOrEqualTo(share);
        assertThat(out.toString()).contains("| 600 | 4 |");
    }

    @Test
    void formatsAndCachesAreComparedOnAText() throws IOException {
        Path text = Files.writeString(
                folder.resolve("text"), LighthouseRegister.generate(20, 1).text());
        Path file = folder.resolve("quality.json");

        int status = run(
                "quality",
                "--model=" + LighthouseModel.directory(),
                "--device=cpu",
                "--weights=BFLOAT16,INT8",
                "--text=" + text,
                "--tokens=500",
                "--window=200",
                "--prompt=150",
                "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode results = new ObjectMapper().readTree(file.toFile()).get("quality");
        assertThat(results.findValuesAsText("weights"))
                .containsExactly("FLOAT32", "FLOAT32", "BFLOAT16", "INT8", "INT8");
        assertThat(results.findValuesAsText("cache"))
                .containsExactly("FLOAT32", "BFLOAT16", "BFLOAT16", "FLOAT32", "BFLOAT16");
        double exact = results.at("/0/negativeLogLikelihood").doubleValue();
        assertThat(results.at("/0/accepted").doubleValue()).isCloseTo(1, within(1e-9));
        for (int i = 1; i < results.size(); i++) {
            assertThat(results.get(i).get("negativeLogLikelihood").doubleValue())
                    .isNotEqualTo(exact)
                    .isCloseTo(exact, within(0.1));
            assertThat(results.get(i).get("sameBestToken").doubleValue()).isBetween(0.9, 1.0);
            assertThat(results.get(i).get("accepted").doubleValue()).isBetween(0.9, 1.0);
        }
        assertThat(out.toString()).contains("100 tokens predicted");
    }

    @Test
    void exactModesAnswerGreedilyAsTheLongContextDoes() throws IOException {
        Path file = folder.resolve("modes.json");

        int status = run(
                "modes",
                "--device=cpu",
                "--context=600",
                "--draft-context=256",
                "--temperature=0",
                "--turns=1",
                "--questions=1",
                "--readings=1",
                "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode modes = new ObjectMapper().readTree(file.toFile()).at("/modes/0/modes");
        assertThat(modes).hasSize(6);
        assertThat(modes.at("/0/later/speedUp/minimum").doubleValue()).isEqualTo(1);
        for (JsonNode mode : modes) {
            JsonNode later = mode.get("later");
            assertThat(later.at("/acceptanceRate/maximum").doubleValue()).isBetween(0.0, 1.0);
            if (!Set.of("PASSAGE_ATTENTION", "RETRIEVAL_ONLY")
                    .contains(mode.get("mode").textValue())) {
                assertThat(later.get("sameAsLongContext").intValue()).isEqualTo(3);
            }
        }
        assertThat(memory(modes, "NAIVE_SPECULATIVE"))
                .as("the same model twice")
                .isGreaterThan(1.9 * memory(modes, "LONG_CONTEXT"));
    }

    @Test
    void answersOfADeviceAreComparedWithTheCpusModeByMode() throws IOException {
        Path file = folder.resolve("devices.json");

        int status = run(
                "devices",
                "--device=cpu",
                "--weights=FLOAT32",
                "--temperature=0",
                "--mode=RAPID,LONG_CONTEXT",
                "--context=600",
                "--draft-context=256",
                "--questions=1",
                "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode results = new ObjectMapper().readTree(file.toFile()).get("devices");
        assertThat(results.findValuesAsText("mode")).containsExactly("RAPID", "LONG_CONTEXT");
        for (JsonNode result : results) {
            assertThat(result.get("answers").intValue()).isEqualTo(3);
            assertThat(result.get("same").intValue()).isEqualTo(3);
            assertThat(result.get("different")).isEmpty();
        }
        assertThat(out.toString()).contains("| 600 | RAPID | 3 of 3 |");
    }

    private static double memory(JsonNode modes, String mode) {
        return modes.findParents("first").stream()
                .filter(figures -> figures.get("mode").textValue().equals(mode))
                .findFirst()
                .orElseThrow()
                .at("/first/memoryBytes/median")
                .doubleValue();
    }

    @Test
    void hybridRankingFindsNumbersThatDenseVectorsBlur() throws IOException {
        Path file = folder.resolve("passages.json");

        int status = run("passages", "--device=cpu", "--context=8000", "--questions=12", "--out=" + file);

        assertThat(status).as(err.toString()).isZero();
        JsonNode found = new ObjectMapper().readTree(file.toFile()).at("/passages/3/found");
        assertThat(found.get("bundled encoder, dense").intValue()).isLessThan(8);
        assertThat(found.get("bundled encoder, hybrid").intValue()).isEqualTo(12);
    }

    @Test
    void randomWeightsAreRemovedAgain() throws IOException {
        Path written;
        Shape shape = Shape.of("tiny");
        try (RandomCheckpoint checkpoint = RandomCheckpoint.write("tiny", shape.config(), shape.tensors(), List.of())) {
            written = checkpoint.folder();
            try (Stream<Path> files = Files.list(written)) {
                assertThat(files).hasSize(2);
            }
        }
        assertThat(written.getParent()).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "--shape=gpt, qwen2.5-0.5b",
        "--context=32768, from 1 to 32`752",
        "--context=many, many",
        "--tokens=65, from 1 to 64",
        "--repetitions=0, from 1 to",
        "--device=tpu, 'auto, cpu, cuda or cuda:N'",
        "--weights=INT3, BFLOAT16"
    })
    void whatCannotBeMeasuredIsRefusedWithWhatCan(String option, String message) {
        int status = run("shapes", "--shape=tiny", "--context=100", option, "--out=" + folder.resolve("shapes.json"));

        assertThat(status).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains(message.replace('`', ','));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void theDecodersProgramIsWrittenAsTorchLoadsIt() throws IOException {
        assertThat(run("write-programs", folder.toString())).isZero();

        try (ZipFile archive = new ZipFile(folder.resolve("decoder.pt").toFile())) {
            byte[] source = archive.getInputStream(archive.getEntry("m/code/__torch__.py"))
                    .readAllBytes();
            assertThat(new String(source, StandardCharsets.UTF_8)).contains("class Decoder(Module):");
        }
        assertThat(folder.resolve("llama-3.1-8b.json")).exists();
    }
}

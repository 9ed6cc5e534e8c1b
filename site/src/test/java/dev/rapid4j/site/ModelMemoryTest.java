package dev.rapid4j.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

/** The tables of docs/choosing-a-model.md are what its formulas make of the models' {@code config.json}. */
class ModelMemoryTest {

    /**
     * A network of Llama's kind.
     *
     * @param vocabulary rows of the embedding table
     * @param inner columns of what a layer widens to
     * @param tied whether the head is the embedding table
     * @param biases whether queries, keys and values have biases
     * @param headNorms whether queries and keys have a norm of a head's width
     */
    private record Network(
            String name,
            long layers,
            long hidden,
            long inner,
            long heads,
            long keyValueHeads,
            long headDimension,
            long vocabulary,
            boolean tied,
            boolean biases,
            boolean headNorms) {

        long weights() {
            long ends = vocabulary * hidden * (tied ? 1 : 2) + hidden;
            long small = 2 * hidden
                    + (biases ? (heads + 2 * keyValueHeads) * headDimension : 0)
                    + (headNorms ? 2 * headDimension : 0);
            return ends + layers * (bytes(0) + small);
        }

        long int8() {
            return layers * bytes(32) + vocabulary * (hidden + 32);
        }

        long int4() {
            return layers * bytes(0) * 5 / 8 + vocabulary * (hidden + 32);
        }

        /** A byte for each weight of a layer's matrices, and so many more for each row. */
        private long bytes(long besideEachRow) {
            long queries = heads * headDimension;
            return (queries + 2 * keyValueHeads * headDimension + 2 * inner) * (hidden + besideEachRow)
                    + hidden * (queries + inner + 2 * besideEachRow);
        }

        long cacheBytes() {
            return 2 * layers * keyValueHeads * headDimension * 2;
        }
    }

    /** As their {@code config.json} on the hub has them. */
    private static final Map<String, Network> NETWORKS = Stream.of(
                    new Network("SmolLM2-135M", 30, 576, 1536, 9, 3, 64, 49152, true, false, false),
                    new Network("Qwen2.5-0.5B", 24, 896, 4864, 14, 2, 64, 151936, true, true, false),
                    new Network("Llama 3.2 1B", 16, 2048, 8192, 32, 8, 64, 128256, true, false, false),
                    new Network("Qwen2.5-1.5B", 28, 1536, 8960, 12, 2, 128, 151936, true, true, false),
                    new Network("Qwen2.5-3B", 36, 2048, 11008, 16, 2, 128, 151936, true, true, false),
                    new Network("Llama 3.2 3B", 28, 3072, 8192, 24, 8, 128, 128256, true, false, false),
                    new Network("Qwen3-4B", 36, 2560, 9728, 32, 8, 128, 151936, true, false, true),
                    new Network("Mistral 7B v0.3", 32, 4096, 14336, 32, 8, 128, 32768, false, false, false),
                    new Network("Qwen2.5-7B", 28, 3584, 18944, 28, 4, 128, 152064, false, true, false),
                    new Network("Llama 3.1 8B", 32, 4096, 14336, 32, 8, 128, 128256, false, false, false),
                    new Network("Qwen2.5-14B", 48, 5120, 13824, 40, 8, 128, 152064, false, true, false),
                    new Network("Llama 3.1 70B", 80, 8192, 28672, 64, 8, 128, 128256, false, false, false))
            .collect(Collectors.toMap(Network::name, network -> network));

    @Test
    void theMemoryOfWeightsIsComputed() throws IOException {
        List<List<String>> rows = rows("memory-of-the-weights");
        assertThat(rows).hasSize(NETWORKS.size());
        for (List<String> row : rows) {
            Network network = NETWORKS.get(row.get(0));
            assertThat(row.subList(2, 6))
                    .as("%s of %,d weights", row.get(0), network.weights())
                    .containsExactly(
                            gigabytes(4 * network.weights()),
                            gigabytes(2 * network.weights()),
                            gigabytes(network.int8()),
                            gigabytes(network.int4()));
            assertThat(Double.parseDouble(row.get(1))).isCloseTo(network.weights() / 1e9, within(0.005));
        }
    }

    @Test
    void theMemoryOfTokensIsComputed() throws IOException {
        List<List<String>> rows = rows("memory-of-what-has-been-read");
        assertThat(rows).hasSize(NETWORKS.size());
        for (List<String> row : rows) {
            Network network = NETWORKS.get(row.get(0));
            long bytes = network.cacheBytes();
            assertThat(row.subList(1, 6))
                    .as(row.get(0))
                    .containsExactly(
                            network.layers() + " × " + network.keyValueHeads() + " × " + network.headDimension(),
                            String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                                    .replace(".0 ", " "),
                            gigabytes(8_000 * bytes),
                            gigabytes(32_000 * bytes),
                            gigabytes(128_000 * bytes));
        }
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }

    /** The rows of the first table behind a heading. */
    private static List<List<String>> rows(String heading) throws IOException {
        Element at = Source.read(Path.of(".."), Path.of("docs/choosing-a-model.md"))
                .body()
                .getElementById(heading);
        while (!at.nameIs("table")) {
            at = at.nextElementSibling();
        }
        return at.select("tbody tr").stream()
                .map(row -> row.select("td").eachText())
                .toList();
    }
}

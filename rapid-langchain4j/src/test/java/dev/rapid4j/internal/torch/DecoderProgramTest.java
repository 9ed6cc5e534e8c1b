package dev.rapid4j.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.internal.tokenizer.TokenSet;
import dev.rapid4j.testing.Golden;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The arithmetic of a verification, reached through a class that stands behind the program's own functions. */
class DecoderProgramTest {

    private static final String PROBE = """


            class Probe(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              _is_full_backward_hook : Optional[bool]
              def sampling(self, temperature: float, top_p: float, top_k: int, frequency: float, presence: float) -> __torch__.Sampling:
                return __torch__.Sampling(temperature, top_p, top_k, frequency, presence, 0, None)
              def matrix(self, values: List[float], columns: int) -> Tensor:
                return torch.tensor(values, dtype=6).view([-1, columns])
              def distribution(self, z: Tensor, sampling: __torch__.Sampling) -> Tensor:
                return torch.softmax(__torch__.warp(z, sampling), -1)
              def ratios(self, z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float, sampling: __torch__.Sampling) -> List[float]:
                z = __torch__.warp(z, sampling).narrow(0, 0, len(drafted))
                return self.values(__torch__.acceptance_ratios(__torch__.retrieval_augmented(z, torch.softmax(z, -1), q, margin, plausibility), q, __torch__.sent(drafted, z.device)))
              def accept(self, z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float, uniforms: List[float], sampling: __torch__.Sampling) -> List[int]:
                return annotate(List[int], __torch__.accept(__torch__.warp(z, sampling), q, drafted, margin, plausibility, uniforms).tolist())
              def accept_learned(self, z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float) -> List[int]:
                return annotate(List[int], __torch__.accept_learned(z, q, drafted, margin, plausibility).tolist())
              def best_throughout(self, z: Tensor, q: Tensor, drafted: List[int], margin: float, plausibility: float, sampling: __torch__.Sampling) -> List[int]:
                draft = __torch__.Draft(drafted, [q], [True] * len(drafted), False)
                return annotate(List[int], __torch__.accept_throughout(z, q, __torch__.Verification(sampling, draft, margin, plausibility, annotate(List[int], []), annotate(List[float], []))).tolist())
              def rows(self, first: Tensor, second: Tensor) -> Tensor:
                return torch.cat([first, second])
              def accept_certain(self, z: Tensor, drafted: List[int], uniforms: List[float]) -> List[int]:
                return annotate(List[int], __torch__.accept_certain(z, drafted, uniforms).tolist())
              def residual(self, z: Tensor, q: Tensor, row: int, margin: float, plausibility: float, sampling: __torch__.Sampling) -> List[float]:
                z = __torch__.warp(z, sampling)
                p = torch.softmax(z, -1)
                last = torch.select(p, 0, row)
                if row < q.size(0):
                  augmented = __torch__.retrieval_augmented(z.narrow(0, 0, q.size(0)), p.narrow(0, 0, q.size(0)), q, margin, plausibility)
                  last = __torch__.residual(last, torch.select(augmented, 0, row), torch.select(q, 0, row))
                return annotate(List[float], last.to(7).tolist())
              def choosable(self, z: Tensor, masks: List[int]) -> Tensor:
                sampling = __torch__.Sampling(1., 1., 0, 0., 0., z.size(1), torch.tensor(masks, dtype=0))
                return __torch__.choosable(z.clone(), sampling)
              def draw(self, weights: Tensor, uniform: float) -> int:
                return int(__torch__.draw(torch.select(weights, 0, 0), uniform))
              def penalise(self, z: Tensor, emitted: List[int], drafted: List[int], sampling: __torch__.Sampling) -> List[float]:
                return annotate(List[float], __torch__.penalise(z, emitted, drafted, sampling).to(7).view([-1]).tolist())
              def attention_error(self, numbers: List[int], scale: float, soft_cap: float, sinks: bool) -> List[float]:
                # against scores with a mask, as no one should compute them over a long past, in double precision
                # numbers: query heads, heads of keys, new tokens, tokens before them, window, parts, tokens of other caches
                heads, kv_heads, n, past, window, parts, shared = numbers
                d, group = 16, torch.floordiv(heads, kv_heads)
                q, k, v = torch.randn([n, heads, d]), torch.randn([n, kv_heads, d]), torch.randn([n, kv_heads, d])
                keys, values = torch.randn([kv_heads, past + n, d]), torch.randn([kv_heads, past + n, d])
                torch.copy_(keys.narrow(1, past, n), k.transpose(0, 1))
                torch.copy_(values.narrow(1, past, n), v.transpose(0, 1))
                all_keys = torch.repeat_interleave(keys, group, 0).to(7)
                scores = torch.matmul(q.transpose(0, 1).to(7), all_keys.transpose(1, 2)) * scale
                if soft_cap > 0.:
                  scores = torch.tanh(scores / soft_cap) * soft_cap
                hidden = torch.triu(torch.ones([n, past + n]), past + 1)
                if window > 0:
                  hidden = hidden + torch.tril(torch.ones([n, past + n]), past - window)
                scores = torch.masked_fill(scores, torch.gt(hidden, 0), -inf)
                sink = annotate(Optional[Tensor], None)
                if sinks:
                  sink = torch.randn([heads]) + 1.
                  scores = torch.cat([scores, sink.to(7).view([heads, 1, 1]).expand([heads, n, 1])], -1)
                weights = torch.softmax(scores, -1).narrow(-1, 0, past + n)
                expected = torch.matmul(weights, torch.repeat_interleave(values, group, 0).to(7)).transpose(0, 1).reshape([n, heads * d])
                shape = __torch__.Attention(heads, kv_heads, d, parts, scale, soft_cap)
                none = annotate(List[__torch__.Linear], [])
                no = __torch__.Linear(None, None, None, None)
                w = __torch__.Layer(None, none, None, None, no, None, None, none, False, no, None, None, window, 0, sink)
                others = annotate(List[Tuple[Tensor, Tensor]], [])
                for i in range(2):
                  first, end = i * shared // 2, (i + 1) * shared // 2
                  others.append((keys.narrow(1, first, end - first), values.narrow(1, first, end - first)))
                own = past + n - shared
                cache = __torch__.LayerCache(others, shared, keys.narrow(1, shared, own), values.narrow(1, shared, own), False)
                actual = __torch__.attention((q, k, v), w, cache, past, shape)
                return annotate(List[float], [float(torch.amax(torch.abs(actual.to(7) - expected)))])
              def packed(self, integers: Tensor, fixed_scale: bool) -> __torch__.Packed:
                scales, zeros = torch.ones([integers.size(0)], dtype=7), torch.zeros([integers.size(0)], dtype=4)
                weight = ops.quantized.linear_prepack(torch._make_per_channel_quantized_tensor(integers.to(1), scales, zeros, 0), None)
                return __torch__.packed(weight, __torch__.exact_levels(fixed_scale), integers.size(1), fixed_scale)
              def product_error(self, n: int, massive: float, fixed_scale: bool) -> List[float]:
                # of each row, in parts of its length: weights are large and of one sign, and so are activations; the
                # first token has one that is much larger
                integers = torch.randint(100, 128, [96, 448], dtype=6)
                x = torch.rand([n, 448]) + 1.
                x[0, 5] = massive
                expected = torch.linear(x, integers)
                error = __torch__.quantised_linear(x, self.packed(integers, fixed_scale), None) - expected
                return annotate(List[float], (torch.linalg_vector_norm(error, 2, [-1]) / torch.linalg_vector_norm(expected, 2, [-1])).to(7).tolist())
              def product_with(self, value: float, fixed_scale: bool) -> List[float]:
                x = torch.ones([2, 448], dtype=6)
                x[0, 5] = value
                y = __torch__.quantised_linear(x, self.packed(torch.ones([1, 448], dtype=6), fixed_scale), None)
                return annotate(List[float], y.to(7).view([-1]).tolist())
              def best(self, z: Tensor) -> List[int]:
                return annotate(List[int], __torch__.best(z).tolist())
              def values(self, z: Tensor) -> List[float]:
                return annotate(List[float], z.to(7).reshape([-1]).tolist())
            """;

    private static final ScriptModule PROGRAM = ScriptModule.compile("Probe", ScriptModule.source("Decoder") + PROBE);

    static List<JsonNode> cases() {
        return cases("sampling/cases.json");
    }

    static List<JsonNode> greedyCases() {
        return cases("sampling/greedy.json");
    }

    private static List<JsonNode> cases(String file) {
        return StreamSupport.stream(Golden.json(file).spliterator(), false).toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void verificationIsThatOfTheAuthorsCode(JsonNode expected) {
        double margin = expected.get("speculative_margin").doubleValue();
        double plausibility = expected.get("plausibility_alpha").doubleValue();
        int[] drafted = integers(expected.get("draft_ids"));
        double[] uniforms = DoubleStream.concat(doubles(expected.get("uniform_draws")), DoubleStream.of(0.5))
                .toArray();
        boolean ends = expected.get("candidate_ends_generation").booleanValue();
        // nothing follows an accepted end token; the authors' code counts it as the token after the accepted ones
        int accepted = ends && !expected.get("last_id_is_drawn_from_residual").booleanValue()
                ? drafted.length
                : expected.get("accepted").intValue();
        double temperature = expected.get("temperature").doubleValue();
        try (NativeValue sampling =
                        sampling(temperature, 1, expected.get("top_k").intValue(), 0, 0);
                NativeValue draftLogits = matrix(expected.get("draft_logits_raw"));
                NativeValue z = matrix(expected.get("target_logits_raw"));
                NativeValue q = PROGRAM.run("distribution", draftLogits, sampling);
                NativeValue ratios = PROGRAM.run("ratios", z, q, drafted, margin, plausibility, sampling);
                NativeValue verdict = PROGRAM.run("accept", z, q, drafted, margin, plausibility, uniforms, sampling);
                NativeValue residual = PROGRAM.run("residual", z, q, accepted, margin, plausibility, sampling)) {
            assertThat(ratios.toDoubles())
                    .containsExactly(doubles(expected.get("acceptance_ratio")).toArray(), within(1e-5));
            assertThat(verdict.toLongs()[0]).isEqualTo(accepted);
            if (expected.get("last_id_is_drawn_from_residual").booleanValue()) {
                assertThat(residual.toDoubles())
                        .containsExactly(
                                doubles(expected.get("residual_distribution")).toArray(), within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("greedyCases")
    void atTemperatureZeroTheBestOfTheLearnedLogitsStands(JsonNode expected) {
        int[] drafted = integers(expected.get("draft_ids"));
        double margin = expected.get("margin").doubleValue();
        double plausibility = expected.get("plausibility").doubleValue();
        try (NativeValue greedy = sampling(0, 1, 0, 0, 0);
                NativeValue draftLogits = matrix(expected.get("draft_logits"));
                NativeValue z = matrix(expected.get("target_logits"));
                NativeValue q = PROGRAM.run("distribution", draftLogits, greedy)) {
            assertThat(verdict("accept_learned", z, q, drafted, margin, plausibility))
                    .containsExactly(
                            expected.get("accepted").longValue(),
                            expected.get("next").longValue());
            try (NativeValue logitsAfter = matrix(expected.get("draft_logits_after"));
                    NativeValue after = PROGRAM.run("distribution", logitsAfter, greedy);
                    NativeValue throughout = PROGRAM.run("rows", q, after)) {
                assertThat(verdict("best_throughout", z, throughout, drafted, margin, plausibility, greedy))
                        .containsExactly(
                                expected.get("accepted").longValue(),
                                expected.get("next_where_every_token_learns").longValue());
            }
        }
    }

    /** Two tokens and the one after them, each with a row of its own: all outcomes against the rows' product. */
    @Test
    void tokensThatAreCertainlyProposedLeaveTheTargetsDistributionAsItIs() {
        double[][] rows = {{0.4, 0.3, 0.2, 0.1}, {0.1, 0.15, 0.25, 0.5}, {0.7, 0.1, 0.1, 0.1}};
        int[] drafted = {1, 3};
        double[] logits = Arrays.stream(rows)
                .flatMapToDouble(Arrays::stream)
                .map(Math::log)
                .toArray();
        int runs = 4000;
        // the first token, the second where the first was the one proposed, the third where both were
        int[][] observed = new int[3][4];
        SplittableRandom random = new SplittableRandom(3);
        try (NativeValue z = PROGRAM.run("matrix", logits, 4)) {
            for (int run = 0; run < runs; run++) {
                long[] verdict =
                        verdict("accept_certain", z, drafted, random.doubles(3).toArray());
                int accepted = (int) verdict[0];
                for (int i = 0; i < accepted; i++) {
                    observed[i][drafted[i]]++;
                }
                observed[accepted][(int) verdict[1]]++;
            }
        }
        for (int row = 0; row < 3; row++) {
            int reached = Arrays.stream(observed[row]).sum();
            double chiSquare = 0;
            for (int token = 0; token < 4; token++) {
                double mean = reached * rows[row][token];
                chiSquare += (observed[row][token] - mean) * (observed[row][token] - mean) / mean;
            }
            // 3 degrees of freedom: exceeded with a probability of 0.001 if the distributions are the same
            assertThat(chiSquare).as("row %d, reached %d times", row, reached).isLessThan(16.3);
        }
    }

    @Test
    void aCertainProposalThatCannotBeChosenNeverStands() {
        double[] logits = {0, Double.NEGATIVE_INFINITY, 0, 0};
        try (NativeValue z = PROGRAM.run("matrix", logits, 2)) {
            assertThat(verdict("accept_certain", z, new int[] {1}, new double[] {0.5, 0.9}))
                    .containsExactly(0, 0);
            assertThat(verdict("accept_certain", z, new int[] {0}, new double[] {0.999, 0.9}))
                    .containsExactly(1, 1);
        }
    }

    @Test
    void attentionInPartsIsAttentionWithAMask() {
        for (int past : new int[] {0, 1, 255, 2000, 2003}) {
            for (int n : new int[] {1, 11, 40}) {
                for (int parts : new int[] {1, 2, 3}) {
                    assertAttention(4, 2, n, past, 0, parts, 0.25, 0, false);
                }
            }
        }
    }

    /** All the tokens before the new ones, or some, in pieces of any length. */
    @Test
    void rowsOfOtherCachesAreAttendedToAsIfTheyWereItsOwn() {
        SplittableRandom random = new SplittableRandom(29);
        for (int past : new int[] {1, 2, 300, 1999}) {
            for (int n : new int[] {1, 11, 70}) {
                int[] some = {4, 2, n, past, 0, random.nextInt(1, 4), random.nextInt(1, past + 1)};
                int[] all = {6, 3, n, past, 0, random.nextInt(1, 4), past};
                assertAttention(some, 0.25, 0, false);
                assertAttention(all, 0.3, 20, true);
            }
        }
    }

    /** Every number of new tokens, at every border, against a mask. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 8})
    void aWindowHidesWhatLiesBeforeIt(int window) {
        for (int past = 0; past <= 2 * window + 1; past++) {
            for (int n = 1; n <= 2 * window + 2; n++) {
                assertAttention(6, 2, n, past, window, 2, 0.25, 0, false);
            }
        }
    }

    @Test
    void windowsScalesCapsAndSinksGoTogether() {
        SplittableRandom random = new SplittableRandom(17);
        for (int i = 0; i < 60; i++) {
            int keyValueHeads = random.nextInt(1, 4);
            int heads = keyValueHeads * random.nextInt(1, 4);
            int window = random.nextInt(4) == 0 ? 0 : random.nextInt(1, 1200);
            int n = random.nextInt(1, random.nextBoolean() ? 12 : 600);
            double softCap = random.nextBoolean() ? 0 : random.nextDouble(1, 50);
            double scale = random.nextDouble(0.05, 1);
            int past = random.nextInt(random.nextBoolean() ? 30 : 3000);
            assertAttention(
                    heads, keyValueHeads, n, past, window, random.nextInt(1, 4), scale, softCap, random.nextBoolean());
        }
    }

    private static void assertAttention(
            int heads,
            int keyValueHeads,
            int n,
            int past,
            int window,
            int parts,
            double scale,
            double softCap,
            boolean sinks) {
        assertAttention(new int[] {heads, keyValueHeads, n, past, window, parts, 0}, scale, softCap, sinks);
    }

    private static void assertAttention(int[] numbers, double scale, double softCap, boolean sinks) {
        try (NativeValue error = PROGRAM.run("attention_error", numbers, scale, softCap, sinks)) {
            assertThat(error.toDoubles()[0])
                    .as(
                            "heads, key heads, new, past, window, parts, shared %s, scale %s, cap %s, sinks %s",
                            Arrays.toString(numbers), scale, softCap, sinks)
                    .isLessThan(1e-5);
        }
    }

    /** Two products of 8-bit numbers of one sign do not fit into the 16 bits in which some processors add them. */
    @ParameterizedTest
    @CsvSource({"1, true", "2, true", "11, true", "65, true", "1, false", "11, false"})
    void productsWithLargeWeightsOfOneSignAreThoseOfFloatActivations(int rows, boolean fixedScale) {
        for (double massive : new double[] {1, 3000}) {
            try (NativeValue errors = PROGRAM.run("product_error", rows, massive, fixedScale)) {
                assertThat(errors.toDoubles()).hasSize(rows);
                assertThat(DoubleStream.of(errors.toDoubles()).max().orElseThrow())
                        .isLessThan(1e-3);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aChunkOfAPromptIsReadWithOneDigitAndATokenSpoilsNoOther(boolean fixedScale) {
        try (NativeValue errors = PROGRAM.run("product_error", 200, 3000.0, fixedScale)) {
            double[] others = Arrays.copyOfRange(errors.toDoubles(), 1, 200);
            assertThat(DoubleStream.of(others).max().orElseThrow()).isLessThan(0.01);
        }
    }

    @ParameterizedTest
    @CsvSource({"NaN, true", "Infinity, true", "NaN, false", "Infinity, false"})
    void aRowWithoutNumbersHasNoneAsItsProductAndSpoilsNoOther(double value, boolean fixedScale) {
        try (NativeValue product = PROGRAM.run("product_with", value, fixedScale)) {
            assertThat(product.toDoubles()[0]).isNotFinite();
            assertThat(product.toDoubles()[1]).isCloseTo(448, within(0.01));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 127, 128, 300, 1000})
    void theBestTokenIsTheFirstOfTheGreatestLogits(int vocabulary) {
        for (int greatest : new int[] {0, vocabulary / 2, vocabulary - 1}) {
            double[] logits = new double[2 * vocabulary];
            logits[greatest] = 1;
            logits[2 * vocabulary - 1] = 1;
            logits[vocabulary + greatest] = 1;
            try (NativeValue z = PROGRAM.run("matrix", logits, vocabulary);
                    NativeValue best = PROGRAM.run("best", z)) {
                assertThat(best.toLongs()).containsExactly(greatest, greatest);
            }
        }
    }

    @Test
    void topPKeepsTheSmallestSetThatReachesTheProbability() {
        double[] logits = {Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05)};
        try (NativeValue z = PROGRAM.run("matrix", logits, 4);
                NativeValue threeQuarters = sampling(1, 0.75, 0, 0, 0);
                NativeValue hardlyAny = sampling(1, 1e-9, 0, 0, 0);
                NativeValue kept = PROGRAM.run("distribution", z, threeQuarters);
                NativeValue one = PROGRAM.run("distribution", z, hardlyAny);
                NativeValue values = PROGRAM.run("values", kept);
                NativeValue first = PROGRAM.run("values", one)) {
            assertThat(values.toDoubles()).containsExactly(new double[] {0.625, 0.375, 0, 0}, within(1e-6));
            assertThat(first.toDoubles()).containsExactly(new double[] {1, 0, 0, 0}, within(1e-6));
        }
    }

    @Test
    void drawsNeverATokenWithoutWeight() {
        try (NativeValue weights = PROGRAM.run("matrix", new double[] {0, 0.25, 0, 0.75, 0}, 5)) {
            double[] uniforms = {0, 0.2499, 0.25, 0.5, Math.nextDown(1.0)};
            long[] expected = {1, 1, 3, 3, 3};
            for (int i = 0; i < uniforms.length; i++) {
                try (NativeValue token = PROGRAM.run("draw", weights, uniforms[i])) {
                    assertThat(token.toLong()).as("draw %s", uniforms[i]).isEqualTo(expected[i]);
                }
            }
        }
    }

    @Test
    void penaltiesCountTheAnswerAndTheDraftedTokensBeforeEachRow() {
        try (NativeValue z = PROGRAM.run("matrix", new double[6], 3);
                NativeValue sampling = sampling(1, 1, 0, 0.5, 0.25);
                NativeValue penalised = PROGRAM.run("penalise", z, new int[] {0, 0}, new int[] {1}, sampling)) {
            assertThat(penalised.toDoubles()).containsExactly(-1.25, 0, 0, -1.25, -0.75, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 131})
    void whatMayNotBeChosenHasNoChanceInItsRow(int vocabulary) {
        SplittableRandom random = new SplittableRandom(vocabulary);
        int rows = 3;
        boolean[][] allowed = new boolean[rows][vocabulary];
        int[] masks = new int[rows * ((vocabulary + 7) / 8)];
        double[] logits = new double[rows * vocabulary];
        double[] expected = new double[rows * vocabulary];
        for (int row = 0; row < rows; row++) {
            for (int token = 0; token < vocabulary; token++) {
                int at = row * vocabulary + token;
                allowed[row][token] = random.nextBoolean();
                logits[at] = token;
                expected[at] = allowed[row][token] ? token : Double.NEGATIVE_INFINITY;
            }
            // nothing is looked at behind the vocabulary
            byte[] bits =
                    TokenSet.of(masks.length / rows * 8, bit(allowed[row])).bits();
            for (int i = 0; i < bits.length; i++) {
                masks[row * bits.length + i] = bits[i] & 0xFF;
            }
        }
        try (NativeValue z = PROGRAM.run("matrix", logits, vocabulary);
                NativeValue masked = PROGRAM.run("choosable", z, masks);
                NativeValue values = PROGRAM.run("values", masked)) {
            assertThat(values.toDoubles()).containsExactly(expected);
        }
    }

    private static IntPredicate bit(boolean[] allowed) {
        return token -> token >= allowed.length || allowed[token];
    }

    /** The authors' cases, of which each token but the drafted ones may be chosen with a chance of one half. */
    @ParameterizedTest
    @MethodSource("cases")
    void masksComeBeforeTemperatureFiltersAndEq6OnBothSides(JsonNode given) {
        int[] drafted = integers(given.get("draft_ids"));
        int vocabulary = given.get("target_logits_raw").get(0).size();
        double margin = given.get("speculative_margin").doubleValue();
        double plausibility = given.get("plausibility_alpha").doubleValue();
        double temperature = given.get("temperature").doubleValue();
        int topK = given.get("top_k").intValue();
        SplittableRandom random = new SplittableRandom(given.hashCode());
        boolean[] allowed = new boolean[vocabulary];
        for (int token = 0; token < vocabulary; token++) {
            allowed[token] = random.nextBoolean();
        }
        IntStream.of(drafted).forEach(token -> allowed[token] = true);
        byte[] bits = TokenSet.of(vocabulary, bit(allowed)).bits();
        int rows = drafted.length;
        int[] masks = IntStream.range(0, (rows + 1) * bits.length)
                .map(i -> bits[i % bits.length] & 0xFF)
                .toArray();
        double[] expected = new double[rows];
        boolean[] possible = new boolean[rows];
        for (int row = 0; row < rows; row++) {
            double[] p = distribution(doubles(given.get("target_logits_raw").get(row)), allowed, temperature, topK);
            double[] q = distribution(doubles(given.get("draft_logits_raw").get(row)), allowed, temperature, topK);
            double likeliest = DoubleStream.of(q).max().orElseThrow();
            double[] learned = IntStream.range(0, vocabulary)
                    .mapToDouble(i -> p[i] * Math.exp(q[i] >= plausibility * likeliest ? margin * (q[i] - p[i]) : 0))
                    .toArray();
            possible[row] = q[drafted[row]] > 0;
            expected[row] =
                    Math.min(1, learned[drafted[row]] / DoubleStream.of(learned).sum() / q[drafted[row]]);
        }
        try (NativeValue sampling = sampling(temperature, 1, topK, 0, 0);
                NativeValue draftLogits = matrix(given.get("draft_logits_raw"));
                NativeValue z = matrix(given.get("target_logits_raw"));
                NativeValue maskedDraft =
                        PROGRAM.run("choosable", draftLogits, Arrays.copyOf(masks, rows * bits.length));
                NativeValue masked = PROGRAM.run("choosable", z, masks);
                NativeValue q = PROGRAM.run("distribution", maskedDraft, sampling);
                NativeValue ratios = PROGRAM.run("ratios", masked, q, drafted, margin, plausibility, sampling)) {
            double[] actual = ratios.toDoubles();
            for (int row = 0; row < rows; row++) {
                if (possible[row]) {
                    assertThat(actual[row]).isCloseTo(expected[row], within(1e-4));
                }
            }
            assertThat(possible).contains(true);
        }
    }

    private static double[] distribution(DoubleStream logits, boolean[] allowed, double temperature, int topK) {
        double[] z = logits.toArray();
        for (int i = 0; i < z.length; i++) {
            z[i] = allowed[i] ? z[i] / (temperature > 0 ? temperature : 1) : Double.NEGATIVE_INFINITY;
        }
        double[] sorted = DoubleStream.of(z).sorted().toArray();
        double least = topK > 0 && topK < z.length ? sorted[z.length - topK] : Double.NEGATIVE_INFINITY;
        double highest = sorted[z.length - 1];
        double[] weights = DoubleStream.of(z)
                .map(x -> x < least ? 0 : Math.exp(x - highest))
                .toArray();
        double sum = DoubleStream.of(weights).sum();
        return DoubleStream.of(weights).map(weight -> weight / sum).toArray();
    }

    private static long[] verdict(String method, Object... arguments) {
        try (NativeValue verdict = PROGRAM.run(method, arguments)) {
            return verdict.toLongs();
        }
    }

    private static int[] integers(JsonNode array) {
        return doubles(array).mapToInt(number -> (int) number).toArray();
    }

    private static NativeValue sampling(double temperature, double topP, int topK, double frequency, double presence) {
        return PROGRAM.run("sampling", temperature, topP, topK, frequency, presence);
    }

    private static NativeValue matrix(JsonNode rows) {
        double[] values = StreamSupport.stream(rows.spliterator(), false)
                .flatMapToDouble(DecoderProgramTest::doubles)
                .toArray();
        return PROGRAM.run("matrix", values, rows.get(0).size());
    }

    private static DoubleStream doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToDouble(JsonNode::doubleValue);
    }
}

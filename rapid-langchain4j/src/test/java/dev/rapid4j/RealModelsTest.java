package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.V;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.model.KeyValueCache;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.retrieval.BagOfWords;
import dev.rapid4j.internal.tokenizer.Tokenizer;
import dev.rapid4j.internal.torch.DecoderProgram.Draft;
import dev.rapid4j.internal.torch.DecoderProgram.Drafting;
import dev.rapid4j.internal.torch.DecoderProgram.Sampling;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.testing.Golden;
import dev.rapid4j.testing.RealModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Published models in GGUF files: as transformers has them ({@code golden/make_real.py}), and over a document. */
@Timeout(180)
class RealModelsTest {

    private static final String QUESTION =
            "Ownership of what percent of the outstanding shares does control mean? Answer in a few words.";

    private static final String FACT = "50|[Ff]ifty";

    private static final RealModel SMOL_LM2 = new RealModel("smollm2", RealModels::smolLm2);

    private static final RealModel GEMMA_3 = new RealModel("gemma3", RealModels::gemma3);

    private static RapidEngine qwenCoder;

    private record RealModel(String golden, Supplier<Path> source) {

        Path file() {
            return source.get();
        }

        JsonNode expected() {
            return Golden.json("real/" + golden + ".json");
        }

        @Override
        public String toString() {
            return golden;
        }
    }

    private static Stream<RealModel> models() {
        return Stream.concat(chatModels(), Stream.of(GEMMA_3));
    }

    private static Stream<RealModel> chatModels() {
        return Stream.of(SMOL_LM2, new RealModel("qwen-coder", RealModels::qwenCoder));
    }

    @AfterAll
    static void close() {
        if (qwenCoder != null) {
            qwenCoder.close();
        }
    }

    private static synchronized RapidEngine qwenCoder() {
        if (qwenCoder == null) {
            qwenCoder = engine().build();
        }
        return qwenCoder;
    }

    private static RapidEngine.Builder engine() {
        return RapidEngine.builder()
                .target(RealModels.qwenCoder())
                .targetDevice("cpu")
                .embeddingModel(new BagOfWords())
                .passageTokens(256)
                .draftContextTokens(1280)
                .minSimilarity(0);
    }

    private static String license() {
        try {
            return Files.readString(Path.of("..", "LICENSE"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] ids(JsonNode array) {
        return new ObjectMapper().convertValue(array, int[].class);
    }

    @ParameterizedTest
    @MethodSource("models")
    void tokensAreThoseOfThePublishedTokenizer(RealModel model) {
        JsonNode lines = Golden.json("real/lines.json");
        try (Tokenizer tokenizer = Checkpoint.open(model.file()).openTokenizer()) {
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).textValue();
                assertThat(tokenizer.encode(line))
                        .as(line)
                        .containsExactly(ids(model.expected().at("/lines/" + i)));
            }
        }
    }

    /** Through chat template, tokenizer and network, and back to text. */
    @ParameterizedTest
    @MethodSource("chatModels")
    void greedyAnswersAreThoseOfTransformers(RealModel model) {
        try (RapidChatModel chat = RapidChatModel.builder()
                .target(model.file())
                .targetDevice("cpu")
                .targetWeights(WeightFormat.FLOAT32)
                .mode(Mode.LONG_CONTEXT)
                .temperature(0.0)
                .maxOutputTokens(40)
                .build()) {
            for (JsonNode expected : model.expected().get("answers")) {
                ChatResponse response =
                        chat.chat(UserMessage.from(expected.get("question").textValue()));
                assertThat(response.aiMessage().text())
                        .isEqualTo(expected.get("text").textValue());
                assertThat(response.tokenUsage().inputTokenCount())
                        .isEqualTo(expected.get("prompt").size());
            }
        }
    }

    /** Behind the last text stands more than one window. */
    @Test
    void aModelWithoutAChatContinuesTextsAsTransformersDoes() {
        Sampling greedy = new Sampling(0, 1, 0, 0, 0, 262_144, Optional.empty());
        try (LanguageModel model =
                LanguageModel.load(Checkpoint.open(GEMMA_3.file()), Device.CPU, WeightFormat.FLOAT32)) {
            for (JsonNode expected : GEMMA_3.expected().get("answers")) {
                int[] prompt = ids(expected.get("prompt"));
                int[] answer = ids(expected.get("answer"));
                Drafting drafting = new Drafting(
                        greedy, answer.length, 0, false, new int[0], new int[0], new double[answer.length], new int[0]);
                try (KeyValueCache cache = model.newCache(prompt.length + answer.length)) {
                    model.prefill(cache, Arrays.copyOf(prompt, prompt.length - 1), done -> {});
                    try (Draft draft = model.draft(cache, new int[] {prompt[prompt.length - 1]}, drafting)) {
                        assertThat(draft.tokens())
                                .as(expected.get("question").textValue())
                                .containsExactly(answer);
                    }
                }
            }
        }
    }

    @Test
    void theLikelihoodOfATextIsThatOfTransformers() {
        JsonNode expected = SMOL_LM2.expected().get("license");
        assertThat(negativeLogLikelihood(SMOL_LM2, WeightFormat.FLOAT32, expected))
                .isCloseTo(expected.get("negativeLogLikelihood").doubleValue(), within(1e-3));
    }

    private static double negativeLogLikelihood(RealModel real, WeightFormat weights, JsonNode expected) {
        Checkpoint checkpoint = Checkpoint.open(real.file());
        int[] ids;
        try (Tokenizer tokenizer = checkpoint.openTokenizer()) {
            ids = tokenizer.encode(license());
        }
        assertThat(ids).hasSize(expected.get("tokens").intValue());
        int rows = 64;
        double sum = 0;
        try (LanguageModel model = LanguageModel.load(checkpoint, Device.CPU, weights);
                KeyValueCache cache = model.newCache(ids.length)) {
            for (int from = 0; from < ids.length - 1; from += rows) {
                int[] chunk = Arrays.copyOfRange(ids, from, Math.min(ids.length - 1, from + rows));
                double[][] logits = model.logits(cache, chunk, chunk.length);
                for (int i = 0; i < chunk.length; i++) {
                    sum -= logLikelihood(logits[i], ids[from + i + 1]);
                }
            }
        }
        return sum / (ids.length - 1);
    }

    private static double logLikelihood(double[] logits, int token) {
        double most = Arrays.stream(logits).max().orElseThrow();
        return logits[token]
                - most
                - Math.log(Arrays.stream(logits).map(z -> Math.exp(z - most)).sum());
    }

    @ParameterizedTest
    @EnumSource(names = "NAIVE_SPECULATIVE", mode = EnumSource.Mode.EXCLUDE)
    void aModeFindsAFactInADocument(Mode mode) {
        assertFinds(mode, qwenCoder());
    }

    @Test
    void naiveSpeculationFindsAFactInADocument() {
        try (RapidEngine engine = engine().drafter(RealModels.qwenCoder()).build()) {
            assertFinds(Mode.NAIVE_SPECULATIVE, engine);
        }
    }

    private static void assertFinds(Mode mode, RapidEngine engine) {
        RapidChatModel chat = RapidChatModel.builder()
                .engine(engine)
                .mode(mode)
                .temperature(0.0)
                .maxOutputTokens(24)
                .build();

        ChatResponse response = chat.chat(UserMessage.from(TextContent.from(license()), TextContent.from(QUESTION)));

        assertThat(((RapidChatResponseMetadata) response.metadata()).mode()).isEqualTo(mode);
        assertThat(response.aiMessage().text()).containsPattern(FACT);
    }

    @Test
    void anAnswerOverADocumentIsStreamedAsItIsWritten() throws Exception {
        RapidStreamingChatModel chat = RapidStreamingChatModel.builder()
                .engine(qwenCoder())
                .mode(Mode.RAPID)
                .temperature(0.0)
                .maxOutputTokens(24)
                .build();
        Recorder recorder = new Recorder();

        chat.chat(List.of(UserMessage.from(TextContent.from(license()), TextContent.from(QUESTION))), recorder);

        String answer = recorder.response().aiMessage().text();
        assertThat(answer).containsPattern(FACT);
        assertThat(recorder.texts).hasSizeGreaterThan(1);
        assertThat(String.join("", recorder.texts)).isEqualTo(answer);
    }

    interface Assistant {

        @dev.langchain4j.service.UserMessage("{{document}}\n\n{{question}}")
        String answer(@V("document") String document, @V("question") String question);
    }

    @Test
    void anAiServiceAnswersFromADocument() {
        Assistant assistant = AiServices.create(
                Assistant.class,
                RapidChatModel.builder()
                        .engine(qwenCoder())
                        .temperature(0.0)
                        .maxOutputTokens(24)
                        .build());

        assertThat(assistant.answer(license(), QUESTION)).containsPattern(FACT);
    }
}

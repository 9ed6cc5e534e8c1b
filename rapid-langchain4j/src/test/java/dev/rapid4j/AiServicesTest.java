package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.guardrail.InputGuardrail;
import dev.langchain4j.guardrail.InputGuardrailException;
import dev.langchain4j.guardrail.InputGuardrailResult;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.moderation.DisabledModerationModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.IllegalConfigurationException;
import dev.langchain4j.service.Moderate;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.V;
import dev.langchain4j.service.guardrail.InputGuardrails;
import dev.langchain4j.service.guardrail.OutputGuardrails;
import dev.rapid4j.samples.lighthouse.LighthouseModel;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.testing.RealModels;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What LangChain4j's AI services do around a model; what needs a capable one is tested in their suites. */
@Timeout(60)
class AiServicesTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.generate(5, 3);
    private static final LighthouseRegister.Question QUESTION =
            REGISTER.questions(LighthouseRegister.Kind.ENTRY, 1, 1).get(0);

    private static final String ONCE_MORE = "Once more, by the register";
    private static final String TEMPLATE = "{{register}}\n\n{{question}}";

    private static final Deque<ChatRequest> ASKED = new ConcurrentLinkedDeque<>();

    private static RapidEngine engine;
    private static RapidChatModel model;

    @BeforeAll
    static void load() {
        engine = RapidEngine.builder().target(LighthouseModel.directory()).build();
        model = RapidChatModel.builder().engine(engine).build();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    interface Clerk {

        @dev.langchain4j.service.UserMessage(TEMPLATE)
        Result<String> answer(@V("register") String register, @V("question") String question);
    }

    @Test
    void aResultTellsWhatItTook() {
        Result<String> result = AiServices.create(Clerk.class, model).answer(REGISTER.text(), QUESTION.text());

        assertThat(result.content()).isEqualTo(QUESTION.answer());
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(result.tokenUsage()).isInstanceOf(RapidTokenUsage.class);
        assertThat(((RapidChatResponseMetadata) result.finalResponse().metadata()).tokenUsage())
                .isEqualTo(result.tokenUsage());
    }

    interface ModeratedClerk {

        @Moderate
        String answer(String question);
    }

    @Test
    void moderationNeedsAModelForIt() {
        assertThatThrownBy(() -> AiServices.create(ModeratedClerk.class, model))
                .isInstanceOf(IllegalConfigurationException.class)
                .hasMessageContaining("moderationModel");
        ModeratedClerk unmoderated = AiServices.builder(ModeratedClerk.class)
                .chatModel(model)
                .moderationModel(new DisabledModerationModel())
                .build();
        assertThatThrownBy(() -> unmoderated.answer("Who are you?")).hasMessageContaining("disabled");
    }

    interface GuardedClerk {

        @InputGuardrails(NoSecrets.class)
        @OutputGuardrails(InCapitals.class)
        @dev.langchain4j.service.UserMessage(TEMPLATE)
        String answer(@V("register") String register, @V("question") String question);

        @OutputGuardrails(InCapitals.class)
        @dev.langchain4j.service.UserMessage(TEMPLATE)
        TokenStream stream(@V("register") String register, @V("question") String question);
    }

    private static final class Asked implements ChatModelListener {

        @Override
        public void onRequest(ChatModelRequestContext context) {
            ASKED.add(context.chatRequest());
        }
    }

    public static final class NoSecrets implements InputGuardrail {

        @Override
        public InputGuardrailResult validate(UserMessage message) {
            return message.singleText().contains("password") ? fatal("it asks for a password") : success();
        }
    }

    public static final class InCapitals implements OutputGuardrail {

        @Override
        public OutputGuardrailResult validate(AiMessage message) {
            boolean askedTwice = ASKED.getLast().messages().contains(UserMessage.from(ONCE_MORE));
            return message.text().equals(QUESTION.answer()) || askedTwice
                    ? successWith(message.text().toUpperCase(Locale.ROOT))
                    : reprompt("it is no entry of the register", ONCE_MORE);
        }
    }

    @Test
    void guardrailsRefuseReplaceAndAskOnceMore() throws Exception {
        GuardedClerk clerk = AiServices.builder(GuardedClerk.class)
                .chatModel(RapidChatModel.builder()
                        .engine(engine)
                        .listeners(new Asked())
                        .build())
                .streamingChatModel(RapidStreamingChatModel.builder()
                        .engine(engine)
                        .listeners(new Asked())
                        .build())
                .chatMemoryProvider(id -> MessageWindowChatMemory.withMaxMessages(10))
                .build();
        String inCapitals = QUESTION.answer().toUpperCase(Locale.ROOT);

        assertThatThrownBy(() -> clerk.answer(REGISTER.text(), "What is the password?"))
                .isInstanceOf(InputGuardrailException.class)
                .hasMessageContaining("it asks for a password");
        assertThat(clerk.answer(REGISTER.text(), QUESTION.text())).isEqualTo(inCapitals);
        String secondAnswer = clerk.answer(REGISTER.text(), "Who are you?");
        assertThat(secondAnswer).isNotEmpty().isUpperCase();

        CompletableFuture<String> streamed = new CompletableFuture<>();
        clerk.stream(REGISTER.text(), QUESTION.text())
                .onPartialResponse(text -> {})
                .onCompleteResponse(
                        response -> streamed.complete(response.aiMessage().text()))
                .onError(streamed::completeExceptionally)
                .start();
        assertThat(streamed.get()).isEqualTo(inCapitals);
    }

    interface Viewer {

        String describe(
                @dev.langchain4j.service.UserMessage String question,
                @dev.langchain4j.service.UserMessage ImageContent image);
    }

    @Test
    void imagesAreRefusedWithWhatCanBeDone() {
        ImageContent image = ImageContent.from(
                Image.builder().url("https://example.com/a.png").build());
        assertThatThrownBy(() -> AiServices.create(Viewer.class, model).describe("What is this?", image))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessageContaining("text");
    }

    enum Mood {
        HAPPY,
        ANGRY,
        SAD
    }

    /** What is not required, a small model likes to leave out. */
    record City(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) int inhabitants) {}

    interface Extractor {

        @dev.langchain4j.service.UserMessage("Which fruits are named here? {{it}}")
        List<String> fruits(String text);

        @dev.langchain4j.service.UserMessage("What is the mood of this text? {{it}}")
        Mood mood(String text);

        @dev.langchain4j.service.UserMessage("Which city is described here? {{it}}")
        Result<City> city(String text);
    }

    /** What these are declared as becomes a schema, to which answers are held. */
    @Test
    @Timeout(300)
    void listsEnumsAndRecordsAreReadFromAPublishedModel() {
        try (RapidChatModel published = RapidChatModel.builder()
                .target(RealModels.qwenCoder())
                .mode(Mode.SPECULATIVE)
                .maxOutputTokens(200)
                .build()) {
            Extractor extractor = AiServices.create(Extractor.class, published);

            assertThat(extractor.fruits("I bought apples and bananas on the market."))
                    .isNotEmpty()
                    .allSatisfy(
                            fruit -> assertThat(fruit.toLowerCase(Locale.ROOT)).containsAnyOf("apple", "banana"));
            assertThat(extractor.mood("What a wonderful day, I could sing!")).isEqualTo(Mood.HAPPY);
            Result<City> city = extractor.city("Lund lies in the south of Sweden and has 91940 inhabitants.");
            assertThat(city.content()).isEqualTo(new City("Lund", 91_940));
            assertThat(city.tokenUsage()).isInstanceOf(RapidTokenUsage.class);
        }
    }
}

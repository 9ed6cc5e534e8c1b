package dev.rapid4j.samples.webchat.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several answers to one question. */
class AnswerWriterTest {

    private final Conversations conversations = new Conversations(
            new ChatLimits(1, 1, 1, 100, 100, Duration.ofHours(1), Duration.ofHours(1)), Clock.systemUTC());
    private final Scripted model = new Scripted();
    private final Conversation conversation = conversations.create();
    private final List<Answer> answers = new AnswerWriter(() -> model, conversations)
            .ask(
                    conversation,
                    "Who keeps the light?",
                    List.of(
                            new AnswerSettings(Mode.RAPID, 10, 0, 0, 9, 1),
                            new AnswerSettings(Mode.LONG_CONTEXT, 10, 0, 0, 9, 1)));

    /** Takes in what it is asked, and answers when it is told to. */
    private static final class Scripted implements StreamingChatModel {

        private final List<Mode> asked = new ArrayList<>();
        private final List<StreamingChatResponseHandler> handlers = new ArrayList<>();
        private Runnable refusal = () -> {};

        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            refusal.run();
            RapidChatRequestParameters parameters = (RapidChatRequestParameters) request.parameters();
            asked.add(parameters.mode());
            handlers.add(handler);
            parameters.progressListener().onQueued(0);
        }

        void end(int request) {
            Duration none = Duration.ZERO;
            handlers.get(request)
                    .onCompleteResponse(ChatResponse.builder()
                            .aiMessage(AiMessage.from("Ada."))
                            .metadata(RapidChatResponseMetadata.builder()
                                    .finishReason(FinishReason.STOP)
                                    .mode(asked.get(request))
                                    .seed(1)
                                    .statistics(new GenerationStatistics(
                                            9, 0, 0, 0, 0, none, none, none, none, 1, 1, 0, 0, 0, 0, 0, 0, 1))
                                    .build())
                            .build());
        }
    }

    private List<String> events(int answer) {
        return answers.get(answer).events().stream()
                .map(logged -> logged.event().getClass().getSimpleName())
                .toList();
    }

    @Test
    void eachWaitsForTheEndOfTheOneBefore() {
        assertThat(model.asked).containsExactly(Mode.RAPID);
        assertThat(events(1)).containsExactly("Queued");

        model.end(0);
        assertThat(model.asked).containsExactly(Mode.RAPID, Mode.LONG_CONTEXT);
        model.end(1);
        assertThat(events(0)).containsExactly("Started", "Done");
        assertThat(events(1)).containsExactly("Queued", "Started", "Done");
    }

    @Test
    void oneThatIsStoppedMakesRoomForTheNext() {
        answers.get(0).stop();
        assertThat(model.asked).containsExactly(Mode.RAPID, Mode.LONG_CONTEXT);
    }

    @Test
    void oneThatIsStoppedWhileItWaitsIsNotAsked() {
        answers.get(1).stop();
        model.end(0);
        assertThat(model.asked).containsExactly(Mode.RAPID);
        assertThat(events(1)).containsExactly("Queued", "Stopped");
    }

    @Test
    void oneThatIsRefusedInItsTurnFails() {
        model.refusal = () -> {
            throw new RateLimitException("full");
        };
        model.end(0);
        assertThat(events(1)).containsExactly("Queued", "Failed");
    }

    @Test
    void anErrorEndsIt() {
        model.refusal = () -> {
            throw new NoClassDefFoundError("broken");
        };
        model.end(0);
        assertThat(events(1)).containsExactly("Queued", "Failed");

        AnswerWriter writer = new AnswerWriter(() -> model, conversations);
        List<AnswerSettings> settings = List.of(answers.get(0).settings());
        assertThatThrownBy(() -> writer.ask(conversation, "And who mends it?", settings))
                .isInstanceOf(ProblemException.class);
        model.refusal = () -> {};
        assertThat(writer.ask(conversation, "And who mends it?", settings)).hasSize(1);
    }

    @Test
    void whatWaitsInAConversationThatIsForgottenIsNotAsked() {
        conversations.remove(conversation.id());
        assertThat(model.asked).containsExactly(Mode.RAPID);
        assertThat(events(0)).containsExactly("Started", "Stopped");
        assertThat(events(1)).containsExactly("Queued", "Stopped");
    }
}

package dev.rapid4j.samples.webchat.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import dev.langchain4j.model.output.FinishReason;
import dev.rapid4j.GenerationStatistics;
import dev.rapid4j.Mode;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.RapidChatRequestParameters;
import dev.rapid4j.RapidChatResponseMetadata;
import dev.rapid4j.RapidPartialResponse;
import dev.rapid4j.TokenSource;
import dev.rapid4j.samples.browser.Chromium;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;

/** What a model thinks before it answers, on the page; it is written down here, as the bundled model does not think. */
@EnabledIf(value = "dev.rapid4j.samples.browser.Chromium#isThere", disabledReason = Chromium.MISSING)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Import(ThinkingTest.Thinker.class)
class ThinkingTest {

    private static final List<String> THOUGHTS =
            List.of("The register names ", "one keeper:\n<img src=x onerror=alert(1)> ", "Ada.");

    static final class Thinker implements StreamingChatModel {

        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            RapidChatRequestParameters parameters = (RapidChatRequestParameters) request.parameters();
            ProgressListener progress = parameters.progressListener();
            StreamingHandle handle = new StreamingHandle() {
                @Override
                public void cancel() {}

                @Override
                public boolean isCancelled() {
                    return false;
                }
            };
            progress.onRequested(handle);
            progress.onQueued(0);
            if (parameters.returnThinking()) {
                THOUGHTS.forEach(thought -> handler.onPartialThinking(new PartialThinking(thought)));
            }
            handler.onPartialResponse(
                    new RapidPartialResponse("Ada keeps it.", TokenSource.TARGET), new PartialResponseContext(handle));
            handler.onCompleteResponse(ChatResponse.builder()
                    .aiMessage(AiMessage.from("Ada keeps it."))
                    .metadata(RapidChatResponseMetadata.builder()
                            .finishReason(FinishReason.STOP)
                            .mode(Mode.LONG_CONTEXT)
                            .seed(1)
                            .statistics(statistics())
                            .build())
                    .build());
        }

        private static GenerationStatistics statistics() {
            Duration none = Duration.ZERO;
            return new GenerationStatistics(
                    50, 0, 0, 0, 0, none, none, Duration.ofMillis(100), none, 9, 9, 0, 0, 0, 0, 0, 0, 9);
        }
    }

    @LocalServerPort
    private int port;

    @Test
    void whatAModelThinksIsFoldedApartFromItsAnswer() {
        try (Chromium chromium = new Chromium();
                Page page = chromium.browser().newPage()) {
            page.onDialog(dialog -> {
                throw new AssertionError("what a model writes is run");
            });
            page.navigate("http://localhost:" + port + "/");
            assertThat(page.locator("#engine")).containsText("Model");
            ChatPage chat = new ChatPage(page);
            chat.choose("LONG_CONTEXT");
            chat.askAndWait("Who keeps the light?");

            assertShown(page);
            if (Boolean.getBoolean("screenshots")) {
                page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target/thinking.png")));
            }
            assertEquals(
                    List.of(),
                    new AxeBuilder(page)
                            .analyze().getViolations().stream()
                                    .map(Object::toString)
                                    .toList());
            page.reload();
            assertShown(page);
        }
    }

    private static void assertShown(Page page) {
        Locator thought = page.locator(".thinking p");
        assertThat(page.locator(".pieces")).hasText("Ada keeps it.");
        assertThat(page.locator(".plain")).not().containsText("register");
        assertThat(thought).isHidden();
        page.getByText("What it thought before the answer: 9 words").click();
        assertThat(thought).isVisible();
        assertThat(thought).hasText(String.join("", THOUGHTS));
        assertThat(thought.locator("img")).hasCount(0);
    }
}

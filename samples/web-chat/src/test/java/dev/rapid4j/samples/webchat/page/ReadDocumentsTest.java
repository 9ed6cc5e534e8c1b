package dev.rapid4j.samples.webchat.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import dev.rapid4j.samples.browser.Chromium;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Nothing stays in memory, so that all comes from the disk, as after a restart. */
@EnabledIf(value = "dev.rapid4j.samples.browser.Chromium#isThere", disabledReason = Chromium.MISSING)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {"langchain4j.rapid.cache-size=0B", "langchain4j.rapid.streaming-chat-model.temperature=0"})
class ReadDocumentsTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.ofTokens(2500, 11);
    private static final String QUESTION =
            REGISTER.questions(Kind.ENTRY, 1, 1).get(0).text();

    @TempDir
    private static Path folder;

    @LocalServerPort
    private int port;

    @DynamicPropertySource
    static void properties(DynamicPropertyRegistry registry) {
        registry.add("langchain4j.rapid.cache-directory", () -> folder);
    }

    @Test
    void aDocumentThatIsReadIsMarkedBeforeAnythingIsAskedAboutIt() {
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
        try (Chromium chromium = new Chromium();
                BrowserContext context = chromium.browser().newContext()) {
            Page page = context.newPage();
            page.navigate("http://localhost:" + port + "/");
            assertThat(page.locator("#engine")).containsText("Model");
            ChatPage chat = new ChatPage(page);
            chat.dropFile("register.txt", REGISTER.text());
            assertThat(chat.documents()).containsText(Pattern.compile("2,\\d{3} tokens"));
            assertThat(chat.documents().locator(".read")).isHidden();

            chat.askAndWait(QUESTION);
            assertThat(chat.answers().locator(".memory")).containsText("had to be read");
            assertThat(chat.documents().locator(".read")).isVisible();

            chat.button("New conversation").click();
            chat.dropFile("a copy.txt", REGISTER.text());
            assertThat(chat.document("a copy").locator(".read")).isVisible();
            chat.askAndWait(QUESTION);
            assertThat(chat.answers().locator(".memory"))
                    .hasText(
                            Pattern.compile("Reading skipped: 2,\\d{3} of [23],\\d{3} tokens were taken from disk\\."));
        }
    }
}

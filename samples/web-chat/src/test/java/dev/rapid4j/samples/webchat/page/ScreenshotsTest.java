package dev.rapid4j.samples.webchat.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.rapid4j.samples.browser.Chromium;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Writes the pictures of README.md and docs/web-chat.md: {@code ./mvnw -pl samples/web-chat -am test
 * -Dtest=ScreenshotsTest -Dscreenshots=true}.
 */
@EnabledIfSystemProperty(named = "screenshots", matches = "true", disabledReason = "pictures are written on demand")
@EnabledIf(value = "dev.rapid4j.samples.browser.Chromium#isThere", disabledReason = Chromium.MISSING)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class ScreenshotsTest {

    private static final Path FOLDER = Path.of("screenshots");
    private static final double PATIENCE_MILLIS = 60_000;

    private static Chromium chromium;

    @LocalServerPort
    private int port;

    @BeforeAll
    static void startBrowser() {
        chromium = new Chromium();
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    }

    @AfterAll
    static void stopBrowser() {
        chromium.close();
    }

    @ParameterizedTest
    @CsvSource({
        "desktop-light, 1280, 820, LIGHT",
        "desktop-dark, 1280, 820, DARK",
        "phone, 390, 844, LIGHT",
    })
    void comparesTwoAnswers(String name, int width, int height, ColorScheme scheme) {
        try (BrowserContext context = chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setViewportSize(width, height)
                        .setColorScheme(scheme))) {
            Page page = context.newPage();
            page.navigate("http://localhost:" + port + "/");
            ChatPage chat = new ChatPage(page);
            assertThat(page.locator("#engine")).containsText("Model");
            chat.addSample();
            askSuggestion(chat);
            page.getByLabel("Compare with the plain model").check();
            askSuggestion(chat);
            page.screenshot(new Page.ScreenshotOptions().setPath(FOLDER.resolve(name + ".png")));
        }
    }

    private static void askSuggestion(ChatPage chat) {
        int turns = chat.turns().count();
        chat.suggestions().first().click();
        assertThat(chat.turns()).hasCount(turns + 1);
        chat.awaitEnd();
    }
}

package dev.rapid4j.samples.webchat.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import dev.rapid4j.samples.browser.Chromium;
import dev.rapid4j.samples.lighthouse.LighthouseRegister;
import dev.rapid4j.samples.lighthouse.LighthouseRegister.Kind;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;

/** Answers are greedy, so that they are the same every time. */
@EnabledIf(value = "dev.rapid4j.samples.browser.Chromium#isThere", disabledReason = Chromium.MISSING)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = "langchain4j.rapid.streaming-chat-model.temperature=0")
class ChatPageTest {

    private static final LighthouseRegister REGISTER = LighthouseRegister.ofTokens(4000, 7);
    private static final List<String> QUESTIONS = REGISTER.questions(Kind.ENTRY, 3, 1).stream()
            .map(LighthouseRegister.Question::text)
            .toList();
    private static final String LONG_QUESTION =
            REGISTER.questions(Kind.SEVERAL_ENTRIES, 1, 3).get(0).text();
    private static final int PHONE_WIDTH = 360;
    private static final double PATIENCE_MILLIS = 30_000;

    private static final Queue<String> resumedAfter = new ConcurrentLinkedQueue<>();

    private static Chromium chromium;

    @LocalServerPort
    private int port;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;
    private ChatPage chat;

    @BeforeAll
    static void startBrowser() {
        chromium = new Chromium();
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    }

    @AfterAll
    static void stopBrowser() {
        chromium.close();
    }

    @BeforeEach
    void open() {
        open(new Browser.NewContextOptions());
    }

    private void open(Browser.NewContextOptions options) {
        context = chromium.browser().newContext(options);
        page = context.newPage();
        page.onPageError(complaints::add);
        page.onDialog(dialog -> {
            complaints.add(dialog.message());
            dialog.dismiss();
        });
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                complaints.add(message.text());
            }
        });
        chat = new ChatPage(page);
        page.navigate("http://localhost:" + port + "/");
        assertThat(page.locator("#engine")).containsText("Model");
    }

    @AfterEach
    void close() {
        context.close();
        assertEquals(List.of(), complaints);
    }

    @Test
    void answersFromADroppedDocumentInTokensColouredByOrigin() {
        chat.dropFile("register.txt", REGISTER.text());
        assertThat(chat.documents()).containsText(Pattern.compile("[34],\\d{3} tokens"));

        chat.askAndWait(QUESTIONS.get(0));

        Locator drafted = chat.answers().locator(".piece.drafted").first();
        Locator chosen = chat.answers().locator(".piece.chosen").first();
        assertThat(drafted).hasCSS("text-decoration-line", "underline");
        assertThat(chosen).hasCSS("text-decoration-line", "none");
        assertThat(chosen).hasCSS("font-weight", "700");
        assertNotEquals(background(drafted), background(chosen));
        assertThat(chat.answers().locator(".plain"))
                .containsText(
                        Pattern.compile(
                                "\\d+ proposed by the drafter and accepted, "
                                        + "(\\d+ found earlier in the text and accepted, )?(\\d+ given by the answer's form, )?\\d+ chosen by the target"));
        assertThat(chat.answers().locator(".speed")).hasText(Pattern.compile("\\d\\.\\d|\\d\\d+"));
        assertThat(chat.answers().locator(".acceptance")).hasText(Pattern.compile("\\d+%"));
        assertThat(chat.answers().locator(".first")).hasText(Pattern.compile("\\d+\\.\\d+ s"));
    }

    @Test
    void theLegendIsALineAndNamesAnAnswersFormWhereOneGivesTokens() {
        chat.dropFile("register.txt", REGISTER.text());
        chat.askAndWait(QUESTIONS.get(0));
        Locator origins = page.locator("#legend .piece");
        assertThat(page.locator("#drafter-hint")).isHidden();
        assertThat(page.locator("#legend .given")).isHidden();

        chat.answers()
                .locator(".piece")
                .first()
                .evaluate("piece => piece.insertAdjacentHTML('beforebegin', '<span class=\"piece given\">{</span>')");

        assertThat(page.locator("#legend .given")).isVisible();
        assertEquals(origins.first().boundingBox().y, origins.last().boundingBox().y);
        page.getByText("What is this?").click();
        assertThat(page.locator("#drafter-hint")).containsText("The same model");
    }

    @Test
    void aQuestionWaitsForTheFilesThatAreOnTheirWay() {
        List<Route> uploads = holdUploads(1);
        chat.dropFile("register.txt", REGISTER.text());
        chat.ask(QUESTIONS.get(0));
        Locator info = page.locator("#composer-info");
        assertThat(info).containsText("as soon as the files have been read");
        assertLooksLikeNoError(info);
        assertThat(page.locator("#composer-problem")).isHidden();
        assertThat(chat.turns()).hasCount(0);

        page.waitForCondition(() -> uploads.size() == 1); // the page speaks before it sends
        uploads.get(0).resume();

        assertThat(chat.turns()).hasCount(1);
        chat.awaitEnd();
        assertThat(info).isHidden();
        assertThat(chat.passages()).not().hasCount(0);
    }

    /** The first ones, for as long as the test wants. */
    private List<Route> holdUploads(int number) {
        List<Route> held = new ArrayList<>();
        context.route("**/documents", route -> {
            if (held.size() < number) {
                held.add(route);
            } else {
                route.resume();
            }
        });
        return held;
    }

    @Test
    void filesThatAreAddedTogetherShowTheirStatesAndDoNotWaitForASlowOne() {
        List<Route> uploads = holdUploads(2);
        chat.chooseFiles("slow.txt", "second.txt", "third.txt", "fourth.txt");

        assertThat(chat.documents()).hasCount(4);
        assertThat(chat.document("slow.txt")).containsText("Sending");
        assertThat(chat.document("second.txt")).containsText("Sending");
        assertThat(chat.document("third.txt")).containsText("Queued");
        page.waitForCondition(() -> uploads.size() == 2);
        uploads.get(1).resume();
        for (String name : List.of("second.txt", "third.txt", "fourth.txt")) {
            assertThat(chat.document(name)).containsText(" tokens");
        }
        assertThat(chat.document("slow.txt")).containsText("Sending");
        assertThat(chat.document("slow.txt").locator("progress")).isVisible();

        uploads.get(0).abort();
        assertThat(chat.document("slow.txt")).containsText("Not added");
        chat.document("slow.txt").locator(".retry").click();
        assertThat(chat.document("slow.txt")).containsText("Ready");

        chat.button("New conversation").click();
        chat.chooseFiles("other.txt");
        assertThat(chat.document("other.txt")).containsText(" tokens");
        chat.ask("Who?");
        assertThat(chat.turns()).hasCount(1);
    }

    @Test
    void aFileThatIsCancelledIsNotAddedWhereverItIs() {
        List<Route> uploads = holdUploads(2);
        chat.chooseFiles("sent.txt", "second.txt", "queued.txt");
        page.waitForCondition(() -> uploads.size() == 2);
        for (String name : List.of("queued.txt", "sent.txt")) {
            chat.document(name).getByText("Cancel").click();
        }
        uploads.get(1).resume();

        assertThat(chat.document("second.txt")).containsText("Ready");
        assertThat(chat.documents()).hasCount(1);
        page.reload();
        assertThat(chat.documents()).hasText(Pattern.compile("second.txt"));
    }

    @Test
    void whatTheTargetWillNotReadIsToldAsNoErrorAndWhetherPassagesComeFromIt() {
        changeStatus(status -> status.replace("\"contextLength\":65536", "\"contextLength\":1000"));
        chat.dropFile("register.txt", REGISTER.text());
        Locator context = page.locator("#context-text");
        assertThat(context).hasText(Pattern.compile("will not read the middle; passages come from all of it$"));
        assertLooksLikeNoError(context);
        assertThat(page.locator("#no-passages")).isHidden();

        changeStatus(status -> status.replace("\"contextLength\":65536", "\"contextLength\":1000")
                .replace("\"embeddingModel\":true", "\"embeddingModel\":false"));
        assertThat(context).hasText(Pattern.compile("without an embedding model, no passages come from it either$"));
        assertThat(page.locator("#no-passages")).containsText("Plain model or Streaming draft");
        assertThat(page.locator("#reader-summary")).containsText("no embedding model");
        assertLooksLikeNoError(page.locator("#no-passages"));
        assertAccessible();
    }

    /** What the server says of itself, when the page is loaded anew, as is done here. */
    private void changeStatus(UnaryOperator<String> change) {
        context.route("**/api/status", route -> {
            APIResponse response = route.fetch();
            route.fulfill(new Route.FulfillOptions().setResponse(response).setBody(change.apply(response.text())));
        });
        page.reload();
        assertThat(page.locator("#engine")).containsText("Model");
    }

    private void assertLooksLikeNoError(Locator information) {
        assertEquals(
                page.locator("body").evaluate("body => getComputedStyle(body).color"),
                information.evaluate("text => getComputedStyle(text).color"));
    }

    @Test
    void highlightsPassagesAndFindsThemFromTheListAndBack() {
        chat.dropFile("register.txt", REGISTER.text());
        chat.askAndWait(QUESTIONS.get(0));

        chat.passages().last().click();
        Locator last = chat.mark(chat.passages().count() - 1);
        assertThat(last).isInViewport();
        assertThat(last).hasClass("current");

        chat.passages().first().click();
        chat.mark(0).click();
        assertThat(chat.passages().first()).hasAttribute("aria-current", "true");
        assertThat(chat.passages().first()).isFocused();
    }

    @Test
    void stopsInTheMiddleAndSkipsTheReadingOfTheNextQuestion() {
        chat.dropFile("register.txt", REGISTER.text());
        chat.choose("LONG_CONTEXT");
        chat.ask(LONG_QUESTION);
        assertThat(chat.pieces()).not().hasCount(0);
        chat.questionField().press("Escape");
        chat.awaitEnd();
        assertThat(chat.answers().locator(".note")).containsText("Stopped after");

        chat.choose("RAPID");
        chat.askAndWait(QUESTIONS.get(1));
        assertThat(chat.answers().locator(".note")).not().containsText("Stopped");
        assertThat(chat.answers().locator(".memory"))
                .hasText(Pattern.compile("Reading skipped: [345],\\d{3} of [45],\\d{3} tokens were in memory\\."));
    }

    @Test
    void comparesWithLongContext() {
        chat.dropFile("register.txt", REGISTER.text());
        page.getByLabel("Compare with the plain model").check();
        chat.askAndWait(QUESTIONS.get(0));

        assertThat(chat.answers()).hasCount(2);
        assertThat(chat.answers().locator("h4")).hasText(new String[] {"RAPID", "Plain model"});
        Pattern seconds = Pattern.compile("\\d+\\.\\d+ s");
        assertThat(chat.answers().locator(".clock")).hasText(new Pattern[] {seconds, seconds});
        assertThat(chat.answers().last().locator(".piece.drafted")).hasCount(0);
        assertThat(page.locator(".verdict"))
                .containsText(Pattern.compile("wrote (\\d+\\.\\d times|about) as many tokens a second"));
        assertThat(page.locator("#engine")).containsText("MB hold what it has read");

        page.getByLabel("Compare with the plain model").uncheck();
        chat.askAndWait(QUESTIONS.get(1));
        assertThat(chat.answers().locator(".plainly")).containsText("The plain model wrote");
    }

    @Test
    void aReloadRestoresTheConversation() {
        chat.dropFile("register.txt", REGISTER.text());
        chat.askAndWait(QUESTIONS.get(0));
        List<String> pieces = chat.pieces().allTextContents();
        String clock = chat.answers().locator(".clock").textContent();
        int passages = chat.passages().count();

        page.reload();

        assertThat(chat.documents()).containsText("register.txt");
        assertThat(chat.turns().locator(".question")).hasText(QUESTIONS.get(0));
        assertThat(chat.pieces()).hasCount(pieces.size());
        assertEquals(pieces, chat.pieces().allTextContents());
        assertThat(chat.answers().locator(".clock")).hasText(clock);
        assertThat(chat.passages()).hasCount(passages);
        assertThat(page.locator("mark.current")).isInViewport();
    }

    @Test
    void aReloadInTheMiddleGoesOnWithTheAnswer() {
        chat.dropFile("register.txt", REGISTER.text());
        chat.choose("LONG_CONTEXT");
        chat.ask(LONG_QUESTION);
        assertThat(chat.pieces()).not().hasCount(0);

        page.reload();

        assertThat(chat.turns()).hasCount(1);
        chat.awaitEnd();
        assertThat(chat.answers().locator(".clock")).hasText(Pattern.compile("\\d+\\.\\d+ s"));
        assertThat(chat.answers().locator(".note")).not().containsText("Stopped");
    }

    @Test
    void aLostConnectionIsResumedAfterTheLastEvent() {
        chat.dropFile("register.txt", REGISTER.text());
        context.route(
                "**/events",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/event-stream")
                        .setBody("retry: 500\nid: 1\nevent: started\ndata: {\"at\":0}\n\n")),
                new BrowserContext.RouteOptions().setTimes(1));
        chat.ask(QUESTIONS.get(0));

        assertThat(page.getByText("Connection lost.")).isVisible();
        assertThat(chat.answers().locator(".speed")).isVisible();
        assertThat(page.getByText("Connection lost.")).isHidden();
        chat.awaitEnd();
        assertEquals(List.of("1"), resumedAfter.stream().toList());
    }

    @Test
    void aConversationThatTheServerHasForgottenIsSaidToBeGoneAndANewOneBegins() {
        chat.dropFile("register.txt", REGISTER.text());
        assertThat(chat.documents()).containsText("tokens");
        page.evaluate("fetch('api/conversations/' + sessionStorage.getItem('conversation'), {method: 'DELETE'})");

        chat.ask(QUESTIONS.get(0));

        assertThat(page.locator("#composer-problem")).containsText("No such conversation");
        assertThat(chat.documents()).hasCount(0);
        assertThat(chat.button("Try the sample register")).isVisible();
        chat.addSample();
        assertThat(chat.documents()).hasCount(1);
    }

    @Test
    void showsMarkupInNamesAndDocumentsAsText() {
        String hostile = "<img src=x onerror=alert(1)><script>window.hacked = true</script> & <b>bold</b>";
        chat.dropFile("<img src=x onerror=alert(2)>.txt", hostile + "\n\n" + REGISTER.text());

        assertThat(chat.documents().locator(".name")).hasText("<img src=x onerror=alert(2)>.txt");
        assertThat(page.locator("#reader-text")).containsText(hostile);
        chat.askAndWait("<script>window.hacked = true</script> " + QUESTIONS.get(0));
        assertThat(chat.turns().locator(".question")).containsText("<script>window.hacked = true</script>");
        assertEquals(0, page.locator("main img, main script, #reader-text b").count());
        assertEquals(false, page.evaluate("'hacked' in window"));
    }

    @Test
    void saysWhatIsWrongWithAFileAndTakesTheOthers() {
        page.locator("#files").setInputFiles(new FilePayload[] {
            new FilePayload(
                    "program.exe", "application/octet-stream", new byte[] {'M', 'Z', 0, 1, 2, 0, 0, (byte) 0x90}),
            new FilePayload("register.txt", "text/plain", REGISTER.text().getBytes(StandardCharsets.UTF_8))
        });

        Locator refused = chat.documents().filter(new Locator.FilterOptions().setHasText("program.exe"));
        assertThat(refused.locator(".problem")).not().isEmpty();
        assertThat(chat.documents().filter(new Locator.FilterOptions().setHasText("register.txt")))
                .containsText("tokens");
        refused.getByText("Remove").click();
        assertThat(chat.documents()).hasCount(1);
        page.locator(".remove").click();
        assertThat(chat.documents()).hasCount(0);
        assertThat(page.locator("#reader-text")).isHidden();
    }

    @Test
    void keepsAQuestionThatIsRefusedAndSaysWhenToAskAgain() {
        chat.dropFile("register.txt", REGISTER.text());
        context.route(
                "**/questions",
                route -> route.fulfill(
                        new Route.FulfillOptions()
                                .setStatus(429)
                                .setHeaders(Map.of("Retry-After", "1"))
                                .setContentType("application/problem+json")
                                .setBody(
                                        "{\"title\":\"The queue is full\",\"detail\":\"10 questions are waiting\",\"status\":429}")));
        chat.ask(QUESTIONS.get(0));

        Locator problem = page.locator("#composer-problem");
        assertThat(problem).hasText("The queue is full: 10 questions are waiting. Ask again in 1 second.");
        assertThat(chat.questionField()).hasValue(QUESTIONS.get(0));
        assertThat(page.locator("#composer-info")).hasText("You can ask again now.");
        assertThat(problem).isHidden();
        context.unroute("**/questions");
        chat.button("Ask").click();
        assertThat(chat.turns()).hasCount(1);
        assertThat(page.locator("#composer-info")).isHidden();
    }

    @Test
    void waitsWhileTheModelLoads() {
        List<String> asked = new ArrayList<>();
        context.route("**/api/status", route -> {
            asked.add(route.request().url());
            if (asked.size() == 1) {
                route.fulfill(new Route.FulfillOptions()
                        .setContentType("application/json")
                        .setBody("{\"state\":\"loading\",\"loading\":"
                                + "{\"model\":\"qwen\",\"bytes\":100000000,\"totalBytes\":1100000000}}"));
            } else {
                route.resume();
            }
        });
        page.reload();

        assertThat(page.locator("#notice")).containsText("being loaded");
        assertThat(page.locator("#engine")).hasText("Loading qwen: 100 of 1,100 MB");
        assertThat(page.locator("#notice")).isHidden();
        assertThat(page.locator("#engine")).containsText("Model");
    }

    @Test
    void showsAnyPlaceOfALongTextWithoutHavingAllOfIt() {
        String text = LighthouseRegister.generate(4000, 3).text(); // a million characters
        chat.dropFile("long.txt", text);
        Locator reader = page.locator("#reader-text");
        assertThat(reader).containsText(text.substring(0, 100));

        Locator overview = page.locator("#overview");
        overview.click(new Locator.ClickOptions()
                .setPosition(overview.boundingBox().width / 2, overview.boundingBox().height / 2));
        assertThat(reader).not().containsText(text.substring(0, 100));
        String middle = reader.textContent();
        assertTrue(text.contains(middle));
        assertTrue(middle.length() < 100_000);

        reader.evaluate("reader => reader.scrollTop = reader.scrollHeight");
        assertThat(reader).not().hasText(middle);
        page.waitForCondition(() -> reader.textContent().length() > middle.length());
        assertTrue(text.contains(reader.textContent()));
    }

    @Test
    void aTextBrokenToFitAPageFitsTheReader() {
        String line = "Each line of this text is as long as a page is wide, or nearly so,";
        String entry = "  1. Where a line goes on is told by what would have fitted";
        chat.dropFile("broken.txt", String.join("\n", line, "and goes on.", entry, "Next", "", line, "| a table"));

        assertThat(page.locator("#reader-text")).containsText("a table");
        assertEquals(
                line + " and goes on.\n" + entry + "\nNext\n\n" + line + "\n| a table",
                page.locator("#reader-text").textContent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"""
                import dev.rapid4j.samples.lighthouse.LighthouseRegister;
                import java.util.List;
                final class KeepersOfTheLightsOfTheNorthernCoast {
                static final int LAST = 1;
                }
                """, """
                keeper.of-the-light.name = Ada, who came from the mainland
                keeper.since=1871
                light.flashes-in-a-minute=12, or fewer when there is fog
                light.colour: white
                """, """
                error: the lamp of the northern light does not turn
                warning: little oil is left for the lamps of the coast
                error: no keeper
                """})
    void codeSettingsAndMessagesStayAsTheyAre(String text) {
        chat.dropFile("lines.txt", text);

        Locator reader = page.locator("#reader-text");
        assertThat(reader).containsText(text.strip().lines().findFirst().orElseThrow());
        assertEquals(text.strip(), reader.textContent().strip());
    }

    @Test
    void saysWhichOfTwoPromptsIsRead() {
        Object said = page.evaluate("""
                async () => {
                    const { Answer } = await import("/answer.js");
                    const answer = new Answer({ id: "1", mode: "RAPID" }, { passages() {}, change() {} });
                    const events = [
                        ["started", { at: 0 }],
                        ["passages", { passages: [{}] }],
                        ["prefill", { read: 50, total: 100 }],
                        ["prefill", { read: 300, total: 1200 }],
                        ["prefill", { read: 100, total: 100 }],
                    ];
                    return events.map(([event, data]) => {
                        answer.apply(event, data);
                        return answer.element.querySelector(".phase p").textContent;
                    });
                }""");
        assertEquals(
                List.of(
                        "Looking for passages",
                        "Looking for passages",
                        "Reading: 50%, 50 of 100 tokens",
                        "Reading the whole text: 25%, 300 of 1,200 tokens",
                        "Reading: 100%, 100 of 100 tokens"),
                said);
    }

    @Test
    void codeInAnAnswerStandsInLettersOfOneWidth() {
        Object shown = page.evaluate("""
                async () => {
                    const { Answer } = await import("/answer.js");
                    const answer = new Answer({ id: "1", mode: "LONG_CONTEXT" }, { change() {} });
                    for (const text of ["So:\\n\\n", "``", "`", "python\\n", "  `x`\\n", "``", "`", "\\n\\nDone", "."]) {
                        answer.apply("text", { pieces: [{ text, source: "TARGET" }] });
                    }
                    const pieces = answer.element.querySelector(".pieces");
                    return [pieces.querySelectorAll("code").length, pieces.querySelector("code").textContent, pieces.textContent];
                }""");
        assertEquals(List.of(1, "python\n  `x`\n```", "So:\n\n```python\n  `x`\n```\n\nDone."), shown);
    }

    @Test
    void worksByKeyboardAlone() {
        tabTo("Try the sample register");
        page.keyboard().press("Enter");
        assertThat(chat.suggestions()).not().hasCount(0);
        assertThat(chat.questionField()).isFocused();
        tabBackTo(chat.suggestions().first().textContent());
        page.keyboard().press("Enter");
        assertThat(chat.turns()).hasCount(1);
        assertThat(chat.questionField()).isFocused();
        assertThat(page.locator(".show-passages")).isVisible();
        page.keyboard().press("Escape");
        chat.awaitEnd();

        tabBackTo("Show the 8 passages the drafter read");
        page.keyboard().press("Enter");
        assertThat(page.locator("#passages [aria-current=true]")).isFocused();
        page.keyboard().press("Tab");
        page.keyboard().press("Enter");
        assertThat(page.locator("mark.current")).isInViewport();
    }

    private void tabTo(String text) {
        tabTo(text, "Tab");
    }

    private void tabBackTo(String text) {
        tabTo(text, "Shift+Tab");
    }

    /** Presses the key until the control with this text has the focus, which must be visible everywhere on the way. */
    private void tabTo(String text, String key) {
        for (int i = 0; i < 40; i++) {
            page.keyboard().press(key);
            Object outline = page.evaluate("""
                    () => getComputedStyle(document.activeElement.closest('label') ?? document.activeElement).outlineStyle""");
            assertNotEquals("none", outline, () -> "no visible focus on " + focused());
            if (focused().equals(text)) {
                return;
            }
        }
        throw new AssertionError(key + " never comes to '" + text + "'");
    }

    private String focused() {
        return (String) page.evaluate("() => document.activeElement.textContent.trim()");
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void isAccessibleInBothColourSchemes(ColorScheme scheme) {
        close();
        open(new Browser.NewContextOptions().setColorScheme(scheme));
        assertAccessible();
        fillAllPanels();
        assertAccessible();
    }

    @Test
    void fitsAPhoneInWidth() {
        close();
        open(new Browser.NewContextOptions().setViewportSize(PHONE_WIDTH, 740));
        assertFits();
        fillAllPanels();
        for (String panel : List.of("Documents", "Passages", "Conversation")) {
            chat.button(panel).click();
            assertFits();
            assertAccessible();
        }
    }

    private void fillAllPanels() {
        chat.dropFile("register.txt", REGISTER.text());
        page.getByLabel("Compare with the plain model").check();
        chat.askAndWait(QUESTIONS.get(0));
        chat.dropFile("program.exe", "MZ\0\1\2");
        assertThat(chat.documents().locator(".problem")).not().hasText(new String[] {"", ""});
    }

    private void assertAccessible() {
        List<Rule> violations = new AxeBuilder(page).analyze().getViolations();
        assertEquals(List.of(), violations.stream().map(Rule::toString).toList());
    }

    private void assertFits() {
        assertEquals(PHONE_WIDTH, page.evaluate("document.documentElement.scrollWidth"));
        assertEquals(true, page.evaluate("document.documentElement.scrollHeight <= innerHeight"));
        Object tooWide = page.evaluate("""
                () => [...document.querySelectorAll('.panel, .scroll, .answer, .document, .passages')]
                    .filter(box => box.clientWidth > 0 && box.scrollWidth > box.clientWidth)
                    .map(box => box.className)""");
        assertEquals(List.of(), tooWide);
    }

    private static Object background(Locator locator) {
        return locator.evaluate("element => getComputedStyle(element).backgroundColor");
    }

    @TestConfiguration
    static class Listening {

        @Bean
        Filter lastEventIds() {
            return (request, response, chain) -> {
                Optional.ofNullable(((HttpServletRequest) request).getHeader("Last-Event-ID"))
                        .ifPresent(resumedAfter::add);
                chain.doFilter(request, response);
            };
        }
    }
}

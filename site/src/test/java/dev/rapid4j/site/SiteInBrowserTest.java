package dev.rapid4j.site;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.WaitUntilState;
import dev.rapid4j.samples.browser.Chromium;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The site, opened from its folder as a reader without a network opens it. */
@EnabledIf(value = "dev.rapid4j.samples.browser.Chromium#isThere", disabledReason = Chromium.MISSING)
class SiteInBrowserTest {

    private static final int PHONE_WIDTH = 360;

    /** What readers type, and the page that they want. */
    private static final Map<String, String> WANTED = Map.of(
            "which model should I use", "docs/choosing-a-model.html",
            "out of memory", "docs/troubleshooting.html",
            "no libtorch", "docs/troubleshooting.html",
            "spring properties", "docs/spring.html",
            "cacheType", "docs/options.html",
            "streeming", "docs/streaming.html",
            "streamin", "docs/streaming.html");

    /** Text of the tables of a kind that are wider than their place. */
    private static final String SCROLLING = """
            [...document.querySelectorAll("%s")]
                .filter(frame => frame.scrollWidth > frame.clientWidth)
                .map(frame => frame.textContent.slice(0, 40))
            """;

    @TempDir
    private static Path site;

    private static Chromium chromium;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() throws IOException {
        Site.write(Path.of("..").toRealPath(), site);
        chromium = new Chromium();
    }

    @AfterAll
    static void stop() {
        chromium.close();
    }

    @BeforeEach
    void open() {
        context = chromium.browser().newContext(new Browser.NewContextOptions().setColorScheme(ColorScheme.LIGHT));
        page = context.newPage();
        page.onPageError(complaints::add);
        page.onConsoleMessage(message -> complaints.add(message.text()));
        page.onRequest(request -> {
            if (!request.url().startsWith("file:")) {
                complaints.add(request.url());
            }
        });
        show(Path.of("docs/streaming.html"));
    }

    /** Pictures may come later: their place is theirs already. */
    private void show(Path file) {
        page.navigate(
                site.resolve(file).toUri().toString(),
                new Page.NavigateOptions().setWaitUntil(WaitUntilState.DOMCONTENTLOADED));
    }

    @AfterEach
    void close() {
        context.close();
        assertEquals(List.of(), complaints);
    }

    @Test
    void searchFindsASentenceAndLeadsToItsSectionByKeyboard() {
        page.keyboard().press("/");
        page.keyboard().type("They are not encrypted. Where the file system has POSIX permissions");
        assertThat(results().first()).containsText("Security › What lies on the disk");
        assertThat(results().first().locator("mark").first()).isVisible();

        page.keyboard().press("Enter");

        assertThat(page).hasURL(Pattern.compile(".*/docs/security\\.html#what-lies-on-the-disk"));
        assertThat(page.locator("#what-lies-on-the-disk")).isInViewport();
    }

    @Test
    void searchFindsTheBeginningsOfWordsAndPartsOfNames() {
        page.locator("#search").fill("cacheDir");
        assertThat(results().first().locator("mark").first()).hasText(Pattern.compile("cacheDirectory.*"));
        page.locator("#search").fill("langchain4j.rapid.load");
        assertThat(results().first()).containsText("Spring Boot › Loading");
    }

    @Test
    void thePageThatOneWantsIsAmongTheFirstThree() {
        page.locator("#search").fill("drafter");
        assertThat(results().first()).isVisible();
        WANTED.forEach((typed, wanted) -> {
            page.locator("#search").fill(typed);
            Object first =
                    page.evaluate("[...document.querySelectorAll('#results a')].slice(0, 3).map(link => link.href)");
            Assertions.assertThat((List<?>) first).as(typed).anyMatch(link -> ((String) link).contains(wanted));
        });
    }

    @Test
    void anotherResultIsChosenWithTheArrowsAndEscapeClosesThem() {
        page.locator("#search").fill("drafter");
        assertThat(results().nth(0)).hasAttribute("aria-selected", "true");
        page.keyboard().press("ArrowDown");
        assertThat(results().nth(1)).hasAttribute("aria-selected", "true");
        page.keyboard().press("ArrowUp");
        page.keyboard().press("ArrowUp");
        assertThat(results().last()).hasAttribute("aria-selected", "true");
        page.keyboard().press("Escape");
        assertThat(page.locator("#results")).isHidden();
    }

    @Test
    void aResultIsFollowedByAClick() {
        page.locator("#search").fill("encrypted");
        results().first().click();
        assertThat(page).hasURL(Pattern.compile(".*/docs/security\\.html#what-lies-on-the-disk"));
    }

    @Test
    void wordsThatSayNothingChangeNothing() {
        page.locator("#search").fill("memory drafter");
        assertThat(results().first()).isVisible();
        List<String> found = results().allTextContents();
        page.locator("#search").fill("the memory of the drafter");
        assertThat(page.locator("#search")).hasValue("the memory of the drafter");
        assertEquals(found, results().allTextContents());
    }

    @Test
    void whoLeavesTheFieldBeforeResultsAreThereSeesNone() {
        page.locator("#search").fill("drafter");
        assertThat(results().first()).isVisible();
        page.keyboard().press("Tab");
        assertThat(page.locator("#results")).isHidden();
        page.evaluate("""
                const field = document.getElementById("search");
                field.focus();
                field.dispatchEvent(new Event("input"));
                field.blur();
                """);
        assertThat(page.locator("#results")).isHidden();
    }

    @Test
    void whatIsNowhereIsSaidSo() {
        page.locator("#search").fill("qqqqqq");
        assertThat(page.locator("#results")).containsText("Nothing found");
    }

    private Locator results() {
        return page.locator("#results a");
    }

    @Test
    void codeIsHighlightedAndCopied() {
        show(Path.of("docs/getting-started.html"));
        assertThat(page.locator("code.language-java .token.keyword").first()).hasText("import");
        assertThat(page.locator("code.language-xml .token.tag").first()).isVisible();

        Locator code = page.locator(".code").first();
        code.locator("button").click();
        assertThat(code.locator("button")).hasText("Copied");
        page.locator("#search").focus();
        page.keyboard().press("Control+v");
        assertThat(page.locator("#search"))
                .hasValue(code.locator("pre").textContent().strip());
    }

    @Test
    void codeThatMayNotBeCopiedIsSelected() {
        show(Path.of("docs/getting-started.html"));
        page.evaluate(
                "Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.execCommand = () => false");
        Locator code = page.locator(".code").first();
        code.locator("button").click();
        assertThat(code.locator("button")).hasText("Selected");
        assertEquals(code.locator("pre").textContent().strip(), page.evaluate("getSelection().toString()"));
    }

    @Test
    void wideTablesUseTheMarginAndOnAPhoneScrollOrBecomeLists() {
        page.setViewportSize(1400, 900);
        show(Path.of("docs/evaluation.html"));
        assertThat(page.locator(".figures").first()).isVisible();
        assertEquals(List.of(), page.evaluate(SCROLLING.formatted(".figures")));

        page.setViewportSize(PHONE_WIDTH, 740);
        assertNotEquals(List.of(), page.evaluate(SCROLLING.formatted(".figures")));
        show(Path.of("docs/options.html"));
        assertThat(page.locator(".sentences td[data-label=default]").first()).isVisible();
        assertEquals(List.of(), page.evaluate(SCROLLING.formatted(".sentences")));
    }

    /** The texts of all pages in one: what stands around them is the same everywhere, pictures fit by style. */
    @Test
    void noPageIsWiderThanAPhone() throws IOException {
        page.setViewportSize(PHONE_WIDTH, 740);
        assertEquals(PHONE_WIDTH, page.evaluate("document.documentElement.scrollWidth"));
        try (Stream<Path> files = Files.walk(site)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".html")).toList()) {
                Element text = Jsoup.parse(Files.readString(file)).selectFirst("main");
                text.select("img").remove();
                Object width = page.evaluate(
                        "text => { document.querySelector('main').innerHTML = text; return document.documentElement.scrollWidth; }",
                        text.html());
                assertEquals(PHONE_WIDTH, width, file.toString());
            }
        }
    }

    @Test
    void onAPhoneTheContentsOpenAtAButton() {
        page.setViewportSize(PHONE_WIDTH, 740);
        Locator link = page.locator("#contents a").first();
        assertThat(link).isHidden();
        page.locator("#menu").click();
        assertThat(link).isVisible();
        link.click();
        assertThat(page).hasURL(Pattern.compile(".*/index\\.html"));
    }

    @Test
    void everybodyCanReadAndUseIt() {
        show(Path.of("docs/web-chat.html"));
        // over a gradient axe measures no contrast
        page.addStyleTag(new Page.AddStyleTagOptions().setContent(".wide, pre { background-image: none !important; }"));
        assertEquals(List.of(), violations(new AxeBuilder(page)));

        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        // what has colours of its own there
        AxeBuilder contrast = new AxeBuilder(page)
                .include("header")
                .include("main > .code")
                .include("main > .wide")
                .withRules(List.of("color-contrast"));
        assertEquals(List.of(), violations(contrast));

        complaints.clear(); // axe asks for the style sheet in a way that no file may
    }

    private static List<String> violations(AxeBuilder check) {
        return check.analyze().getViolations().stream()
                .map(rule -> rule.getId() + " " + rule.getNodes())
                .toList();
    }
}

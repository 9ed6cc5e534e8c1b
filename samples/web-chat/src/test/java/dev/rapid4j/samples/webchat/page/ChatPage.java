package dev.rapid4j.samples.webchat.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.JSHandle;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;

/** What a user does on the page, and where things are on it. */
record ChatPage(Page page) {

    void dropFile(String name, String content) {
        JSHandle files = page.evaluateHandle("""
                ({name, content}) => {
                    const files = new DataTransfer();
                    files.items.add(new File([content], name));
                    return files;
                }""", Map.of("name", name, "content", content));
        page.locator("body").dispatchEvent("drop", Map.of("dataTransfer", files));
    }

    /** Each with some text. */
    void chooseFiles(String... names) {
        page.locator("#files")
                .setInputFiles(Stream.of(names)
                        .map(name -> new FilePayload(name, "text/plain", name.getBytes(StandardCharsets.UTF_8)))
                        .toArray(FilePayload[]::new));
    }

    void addSample() {
        button("Try the sample register").click();
        assertThat(suggestions()).not().hasCount(0);
    }

    void ask(String question) {
        questionField().fill(question);
        questionField().press("Enter");
    }

    /** Asks, and waits for the end of all answers. */
    void askAndWait(String question) {
        int turns = turns().count();
        ask(question);
        assertThat(turns()).hasCount(turns + 1);
        awaitEnd();
    }

    void awaitEnd() {
        assertThat(page.locator(".answer.running")).hasCount(0);
        assertThat(button("Ask")).isVisible();
    }

    void choose(String mode) {
        if (!page.locator("#mode").isVisible()) {
            page.locator("#settings summary").click();
        }
        page.locator("#mode").selectOption(mode);
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator questionField() {
        return page.getByLabel("Question about the documents");
    }

    Locator suggestions() {
        return page.locator("#suggestions button");
    }

    Locator documents() {
        return page.locator(".document");
    }

    Locator turns() {
        return page.locator(".turn");
    }

    Locator document(String name) {
        return documents().filter(new Locator.FilterOptions().setHasText(name));
    }

    /** The answers to the last question. */
    Locator answers() {
        return turns().last().locator(".answer");
    }

    Locator pieces() {
        return answers().first().locator(".piece");
    }

    Locator passages() {
        return page.locator("#passages button");
    }

    /** Where the text shows the passage with this number, counted from 0. */
    Locator mark(int passage) {
        return page.locator("mark[data-passage='" + passage + "']").first();
    }
}

package dev.rapid4j.samples.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DocumentTextTest {

    private static String place(DocumentText document, String part) {
        int start = document.text().indexOf(part);
        return document.place(start, start + part.length());
    }

    @Test
    void aTextHasLines() {
        DocumentText document = DocumentText.ofLines("one\r\ntwo\r\n\r\nfour\r\n");

        assertThat(document.text()).isEqualTo("one\ntwo\n\nfour");
        assertThat(document.size()).isEqualTo("4 lines");
        assertThat(place(document, "two")).isEqualTo("line 2");
        assertThat(place(document, "two\n\nfour")).isEqualTo("lines 2 to 4");
    }

    @Test
    void aPdfHasPages() {
        DocumentText document = DocumentText.ofPages(List.of("Page the first\n", "", "Page the third\n"));

        assertThat(document.size()).isEqualTo("3 pages");
        assertThat(place(document, "the first")).isEqualTo("page 1");
        assertThat(place(document, "the third")).isEqualTo("page 3");
        assertThat(place(document, "first\nPage")).isEqualTo("pages 1 to 3");
    }

    @Test
    void whatIsBlankBeforeTheTextIsCounted() {
        assertThat(place(DocumentText.ofPages(List.of(" \n", "the second")), "the"))
                .isEqualTo("page 2");
        assertThat(place(DocumentText.ofLines("\n \n  three"), "three")).isEqualTo("line 3");
    }
}

package dev.rapid4j.samples.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.samples.reading.UnreadableException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PdfReaderTest {

    private static final int HEAP = 64 << 20;
    private static final int CUTS = 8;
    private static final PdfReader READER = new PdfReader(HEAP, Duration.ofSeconds(30), 1 << 20);

    private static void assertRefused(byte[] pdf, String hint) {
        assertThatThrownBy(() -> READER.read(pdf)).isInstanceOfSatisfying(UnreadableException.class, refusal -> {
            assertThat(refusal.reason()).isEqualTo(Reason.NO_TEXT);
            assertThat(refusal.detail()).contains(hint);
        });
    }

    @Test
    void readsText() {
        assertThat(READER.read(Pdfs.saying("Ada keeps the light <script>")))
                .singleElement()
                .asString()
                .contains("Ada keeps the light <script>");
    }

    @Test
    void pagesWithoutTextCount() {
        assertThat(READER.read(Pdfs.ofPages(List.of("", "the second", "", "", "the fifth", ""))))
                .extracting(String::strip)
                .containsExactly("", "the second", "", "", "the fifth", "");
    }

    @Test
    void saysWhatToDoAboutEncryptionAndScans() {
        byte[] locked = Pdfs.lockedBy("sesame");
        assertRefused(locked, "password");
        String foreign = new String(locked, StandardCharsets.ISO_8859_1).replace("/Standard", "/Certific");
        assertRefused(foreign.getBytes(StandardCharsets.ISO_8859_1), "encrypted");
        assertRefused(Pdfs.scanned(), "OCR");
        assertRefused(Pdfs.withoutText(), "empty");
    }

    /** Of a file without its end, PDFBox takes what is there: no page, pages without text, or some of the text. */
    @ParameterizedTest
    @ValueSource(strings = {"pages.pdf", "linearized.pdf", "updated.pdf", "object-streams.pdf", "scanned.pdf"})
    void whatIsCutShortIsSaidToBe(String name) throws IOException {
        byte[] whole = PdfReaderTest.class.getResourceAsStream(name).readAllBytes();
        for (int part = 1; part < CUTS; part++) {
            assertRefused(Arrays.copyOf(whole, whole.length * part / CUTS), "cut short");
        }
        if (name.equals("scanned.pdf")) {
            assertRefused(whole, "OCR");
        } else {
            assertThat(DocumentText.ofPages(READER.read(whole)).text()).contains("Page 1 ", "Page 3 ");
        }
    }

    @Test
    void aBombEndsItsOwnProcessOnly() {
        byte[] bomb = Pdfs.bomb(16);
        assertThat(bomb.length).isLessThan(500_000);
        assertRefused(bomb, "more than can be read");
    }

    @Test
    void brokenAndDeeplyNestedFilesAreRefused() {
        assertRefused("%PDF-1.7 and then nothing".getBytes(StandardCharsets.US_ASCII), "cut short");
        assertRefused("%PDF-1.7 nothing startxref 0 %%EOF".getBytes(StandardCharsets.US_ASCII), "damaged");
        assertRefused(Pdfs.nested(1_000_000), "");
    }

    @Test
    void whatTakesTooLongIsEnded() {
        PdfReader hasty = new PdfReader(HEAP, Duration.ofMillis(1), 1 << 20);
        assertThatThrownBy(() -> hasty.read(Pdfs.saying("Ada keeps the light"))).hasMessageContaining("too long");
    }

    @Test
    void tooMuchTextIsRefused() {
        PdfReader narrow = new PdfReader(HEAP, Duration.ofSeconds(30), 10);
        assertThatThrownBy(() -> narrow.read(Pdfs.saying("Ada keeps the light")))
                .isInstanceOfSatisfying(
                        UnreadableException.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(Reason.TOO_LARGE));
    }
}

package dev.rapid4j.samples.webchat.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PdfReaderTest {

    private static final int HEAP = 64 << 20;
    private static final PdfReader READER = new PdfReader(HEAP, Duration.ofSeconds(30), 1 << 20);

    private static void assertRefused(byte[] pdf, String hint) {
        assertThatThrownBy(() -> READER.read(pdf)).isInstanceOfSatisfying(ProblemException.class, refusal -> {
            assertThat(refusal.problem().kind()).isEqualTo(Kind.INVALID);
            assertThat(refusal.problem().detail()).contains(hint);
        });
    }

    @Test
    void readsText() {
        assertThat(READER.read(Pdfs.saying("Ada keeps the light <script>"))).contains("Ada keeps the light <script>");
    }

    @Test
    void saysWhatToDoAboutPasswordsAndScans() {
        assertRefused(Pdfs.lockedBy("sesame"), "password");
        assertRefused(Pdfs.withoutText(), "OCR");
    }

    @Test
    void aBombEndsItsOwnProcessOnly() {
        byte[] bomb = Pdfs.bomb(16);
        assertThat(bomb.length).isLessThan(500_000);
        assertRefused(bomb, "more than can be read");
    }

    @Test
    void brokenAndDeeplyNestedFilesAreRefused() {
        byte[] whole = Pdfs.saying("Ada keeps the light");
        assertRefused(Arrays.copyOf(whole, whole.length / 3), "damaged");
        assertRefused("%PDF-1.7 and then nothing".getBytes(StandardCharsets.US_ASCII), "damaged");
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
                        ProblemException.class,
                        refusal -> assertThat(refusal.problem().kind()).isEqualTo(Kind.TOO_LARGE));
    }
}

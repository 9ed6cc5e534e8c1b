package dev.rapid4j.samples.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapid4j.samples.reading.UnreadableException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentReaderTest {

    private static final String TEXT = "Der Leuchtturm am Öresund wurde 1893 gebaut; sein Wärter heißt Bärbel Müller."
            + " Größe: zwölf Meter über dem Meeresspiegel.";
    private static final DocumentReader READER =
            new DocumentReader(new PdfReader(64 << 20, Duration.ofSeconds(30), 1 << 20));

    private static void assertRefused(byte[] content, Reason reason) {
        assertThatThrownBy(() -> READER.read(content))
                .isInstanceOfSatisfying(
                        UnreadableException.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(reason));
    }

    private static byte[] zip(String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(TEXT.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
    void byteOrderMarksAreObeyedAndRemoved(String charset) {
        assertThat(READER.read(("\ufeff" + TEXT).getBytes(Charset.forName(charset)))
                        .text())
                .isEqualTo(TEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "windows-1252"})
    void otherEncodingsAreRecognised(String charset) {
        assertThat(READER.read(TEXT.getBytes(Charset.forName(charset))).text()).isEqualTo(TEXT);
    }

    @Test
    void lineEndsBecomeOneKindAndWhiteSpaceAroundGoes() {
        assertThat(READER.read("\r\n# Title\r\n\r\ntext\rmore\n \t".getBytes(StandardCharsets.UTF_8))
                        .text())
                .isEqualTo("# Title\n\ntext\nmore");
    }

    @Test
    void emptyFilesAreRefused() {
        assertRefused(new byte[0], Reason.NO_TEXT);
        assertRefused(" \n\t".getBytes(StandardCharsets.UTF_8), Reason.NO_TEXT);
    }

    @Test
    void whatIsNotTextIsRefusedByItsContent() throws IOException {
        byte[] noise = new byte[10_000];
        new Random(1).nextBytes(noise);
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream output = new GZIPOutputStream(gzip)) {
            output.write(noise);
        }
        assertRefused(noise, Reason.UNSUPPORTED);
        assertRefused(gzip.toByteArray(), Reason.UNSUPPORTED);
        assertRefused(zip("word/document.xml"), Reason.UNSUPPORTED);
        assertRefused("text with a \0 in it".getBytes(StandardCharsets.UTF_8), Reason.UNSUPPORTED);
        assertRefused("{\\rtf1 text}".getBytes(StandardCharsets.UTF_8), Reason.UNSUPPORTED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            notes.txt                       | notes.txt
            C:\\Users\\ada\\notes.txt       | notes.txt
            ../../etc/passwd                | passwd
            <img src=x onerror=alert(1)>.md | <img src=x onerror=alert(1)>.md
            /                               | document
            """)
    void fileNamesLoseTheirFolders(String fileName, String name) {
        assertThat(DocumentReader.displayName(fileName)).isEqualTo(name);
    }

    @Test
    void fileNamesLoseWhatIsInvisibleAndTooLong() {
        assertThat(DocumentReader.displayName("a\u202etxt.exe\u0000\n")).isEqualTo("atxt.exe");
        assertThat(DocumentReader.displayName(null)).isEqualTo("document");
        assertThat(DocumentReader.displayName("\ud83d\ude00".repeat(500)).codePoints())
                .hasSize(120);
    }
}

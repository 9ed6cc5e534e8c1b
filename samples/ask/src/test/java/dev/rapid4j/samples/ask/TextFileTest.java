package dev.rapid4j.samples.ask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts.FontName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTest {

    @TempDir
    private Path folder;

    @Test
    void aTextHasLines() throws IOException {
        TextFile file = TextFile.read(written("a.txt", "\uFEFFone\ntwo\n\nfour\n".getBytes(StandardCharsets.UTF_8)));

        assertThat(file.text()).isEqualTo("one\ntwo\n\nfour\n");
        assertThat(place(file, "two")).isEqualTo("line 2");
        assertThat(place(file, "two\n\nfour")).isEqualTo("lines 2 to 4");
        assertThat(file.place(0, file.text().length())).isEqualTo("lines 1 to 4");
    }

    @Test
    void aPdfHasPages() throws IOException {
        Path pdf = folder.resolve("a.pdf");
        try (PDDocument document = pdf("Page the first", "Page the second")) {
            document.save(pdf.toFile());
        }

        TextFile file = TextFile.read(pdf);

        assertThat(place(file, "the first")).isEqualTo("page 1");
        assertThat(place(file, "the second")).isEqualTo("page 2");
        assertThat(file.place(0, file.text().length())).isEqualTo("pages 1 to 2");
    }

    @Test
    void whatCannotBeReadSaysWhy() throws IOException {
        Path pictures = folder.resolve("pictures.pdf");
        Path secret = folder.resolve("secret.pdf");
        try (PDDocument empty = pdf();
                PDDocument encrypted = pdf("secret")) {
            empty.addPage(new PDPage());
            empty.save(pictures.toFile());
            encrypted.protect(new StandardProtectionPolicy("owner", "user", new AccessPermission()));
            encrypted.save(secret.toFile());
        }

        assertFails(folder.resolve("none.txt"), "There is no file");
        assertFails(folder, "cannot be read");
        assertFails(written("empty.txt", new byte[0]), "is empty");
        assertFails(written("binary", new byte[] {1, (byte) 0xC0, 2}), "neither a PDF nor text in UTF-8");
        assertFails(written("cut.pdf", "%PDF-1.7 and".getBytes(StandardCharsets.UTF_8)), "is damaged or cut short");
        assertFails(pictures, "its pages are pictures");
        assertFails(secret, "is encrypted");
    }

    private static void assertFails(Path file, String message) {
        assertThatThrownBy(() -> TextFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }

    private static String place(TextFile file, String part) {
        int start = file.text().indexOf(part);
        return file.place(start, start + part.length());
    }

    private Path written(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static PDDocument pdf(String... pages) throws IOException {
        PDDocument document = new PDDocument();
        for (String text : pages) {
            PDPage page = new PDPage();
            document.addPage(page);
            try (PDPageContentStream content = new PDPageContentStream(document, page)) {
                content.beginText();
                content.setFont(new PDType1Font(FontName.HELVETICA), 12);
                content.newLineAtOffset(50, 700);
                content.showText(text);
                content.endText();
            }
        }
        return document;
    }
}

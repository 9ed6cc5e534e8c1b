package dev.rapid4j.samples.reading;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.cos.COSStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.apache.pdfbox.pdmodel.graphics.form.PDFormXObject;
import org.apache.pdfbox.pdmodel.graphics.image.LosslessFactory;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;

/** PDF files, good and bad. */
final class Pdfs {

    private Pdfs() {}

    private interface Content {

        void addTo(PDDocument document, PDPage page) throws IOException;
    }

    static byte[] saying(String text) {
        return pdf((document, page) -> write(document, page, text));
    }

    /** A page for each text; an empty one has no content at all. */
    static byte[] ofPages(List<String> texts) {
        return pdf((document, first) -> {
            document.removePage(first);
            for (String text : texts) {
                PDPage page = new PDPage();
                document.addPage(page);
                if (!text.isEmpty()) {
                    write(document, page, text);
                }
            }
        });
    }

    static byte[] withoutText() {
        return pdf((document, page) -> {});
    }

    /** A picture in a form, as some scanners write it. */
    static byte[] scanned() {
        return pdf((document, page) -> {
            PDImageXObject picture = LosslessFactory.createFromImage(
                    document, new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_BINARY));
            PDFormXObject form = new PDFormXObject(document);
            form.setResources(new PDResources());
            form.getResources().add(picture);
            try (PDPageContentStream content = new PDPageContentStream(document, page)) {
                content.drawForm(form);
            }
        });
    }

    static byte[] lockedBy(String password) {
        return pdf((document, page) -> {
            write(document, page, "secret");
            document.protect(new StandardProtectionPolicy("owner", password, new AccessPermission()));
        });
    }

    /** A few hundred kilobytes that become {@code megabytes} of text, all over its one page. */
    static byte[] bomb(int megabytes) {
        byte[] line = ("1 1 Td (" + "boom".repeat(25) + ") Tj\n").getBytes(StandardCharsets.US_ASCII);
        return pdf((document, page) -> {
            write(document, page, "a font");
            COSStream stream = document.getDocument().createCOSStream();
            try (OutputStream output = stream.createOutputStream(COSName.FLATE_DECODE)) {
                output.write("BT /F1 1 Tf\n".getBytes(StandardCharsets.US_ASCII));
                for (int length = 0; length < megabytes << 20; length += line.length) {
                    output.write(line);
                }
                output.write("ET".getBytes(StandardCharsets.US_ASCII));
            }
            page.setContents(new PDStream(stream));
        });
    }

    /** A page with so many brackets open. */
    static byte[] nested(int depth) {
        return pdf((document, page) -> {
            COSStream stream = document.getDocument().createCOSStream();
            try (OutputStream output = stream.createOutputStream()) {
                output.write("[".repeat(depth).getBytes(StandardCharsets.US_ASCII));
            }
            page.setContents(new PDStream(stream));
        });
    }

    private static void write(PDDocument document, PDPage page, String text) throws IOException {
        try (PDPageContentStream content = new PDPageContentStream(document, page)) {
            content.beginText();
            content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
            content.newLineAtOffset(50, 700);
            content.showText(text);
            content.endText();
        }
    }

    private static byte[] pdf(Content content) {
        try (PDDocument document = new PDDocument();
                ByteArrayOutputStream output = new ByteArrayOutputStream()) {
            PDPage page = new PDPage();
            document.addPage(page);
            content.addTo(document, page);
            document.save(output);
            return output.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

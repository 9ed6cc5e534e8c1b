package dev.rapid4j.samples.reading;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.contentstream.operator.Operator;
import org.apache.pdfbox.contentstream.operator.OperatorName;
import org.apache.pdfbox.pdfparser.PDFStreamParser;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;

/**
 * The program that {@link PdfReader} runs: a PDF file on the standard input, its text in UTF-8 on the standard output,
 * page by page, and how it went as exit code.
 */
final class PdfText {

    /** Between the texts of two pages. */
    static final String BEHIND_A_PAGE = "\f";

    /** Operators that put a picture, or letters drawn as lines and areas, on a page. */
    private static final Set<String> DRAWING = Set.of(
            OperatorName.DRAW_OBJECT,
            OperatorName.BEGIN_INLINE_IMAGE,
            OperatorName.FILL_NON_ZERO,
            OperatorName.FILL_EVEN_ODD,
            OperatorName.STROKE_PATH);

    private PdfText() {}

    /** How it went. */
    enum Exit {
        TEXT(0),
        ENCRYPTED(10),
        PICTURES(11),
        TIMEOUT(12),
        /** Also whatever ends a process without its consent. */
        BROKEN(13),
        /** There is neither text nor a picture. */
        EMPTY(14);

        private final int code;

        Exit(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Exit of(int code) {
            return Arrays.stream(values())
                    .filter(exit -> exit.code == code)
                    .findFirst()
                    .orElse(BROKEN);
        }
    }

    /** @param arguments longest time in milliseconds */
    public static void main(String[] arguments) {
        endAfter(Long.parseLong(arguments[0]));
        // a library that prints something must not end up in the text
        System.setOut(System.err);
        Runtime.getRuntime().halt(run().code());
    }

    private static Exit run() {
        byte[] pdf = {};
        try (OutputStream output = new FileOutputStream(FileDescriptor.out)) {
            pdf = System.in.readAllBytes();
            String text = text(pdf);
            if (text.isBlank()) {
                return draws(pdf) ? Exit.PICTURES : Exit.EMPTY;
            }
            output.write(text.getBytes(StandardCharsets.UTF_8));
            return Exit.TEXT;
        } catch (Throwable e) {
            return e instanceof InvalidPasswordException || isEncrypted(pdf) ? Exit.ENCRYPTED : Exit.BROKEN;
        }
    }

    private static String text(byte[] pdf) throws IOException {
        try (PDDocument document = Loader.loadPDF(pdf)) {
            return new Pages().getText(document);
        }
    }

    /** All pages at one go: asked for one after the other, PDFBox goes through all pages for each. */
    private static final class Pages extends PDFTextStripper {

        private int page = 1;

        @Override
        protected void startPage(PDPage started) throws IOException {
            goTo(getCurrentPageNo());
        }

        @Override
        protected void endDocument(PDDocument document) throws IOException {
            goTo(document.getNumberOfPages());
        }

        /** PDFBox passes over pages without content. */
        private void goTo(int number) throws IOException {
            for (; page < number; page++) {
                output.write(BEHIND_A_PAGE);
            }
        }

        @Override
        protected void writeString(String text) throws IOException {
            super.writeString(text.replace(BEHIND_A_PAGE, " "));
        }
    }

    /** Whether a file that cannot be read is encrypted, in a way that takes more than a password. */
    private static boolean isEncrypted(byte[] pdf) {
        return new String(pdf, StandardCharsets.ISO_8859_1).contains("/Encrypt");
    }

    private static boolean draws(byte[] pdf) {
        try (PDDocument document = Loader.loadPDF(pdf)) {
            for (PDPage page : document.getPages()) {
                PDFStreamParser content = new PDFStreamParser(page);
                for (Object token = content.parseNextToken(); token != null; token = content.parseNextToken()) {
                    if (token instanceof Operator operator && DRAWING.contains(operator.getName())) {
                        return true;
                    }
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    /** Also where the application has gone that started this program. */
    private static void endAfter(long millis) {
        Thread watchdog = new Thread(() -> {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                // nobody interrupts it; it would be too early then
            }
            Runtime.getRuntime().halt(Exit.TIMEOUT.code());
        });
        watchdog.setDaemon(true);
        watchdog.start();
    }
}

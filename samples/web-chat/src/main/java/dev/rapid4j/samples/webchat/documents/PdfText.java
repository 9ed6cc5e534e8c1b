package dev.rapid4j.samples.webchat.documents;

import dev.langchain4j.data.document.BlankDocumentException;
import dev.langchain4j.data.document.parser.apache.pdfbox.ApachePdfBoxDocumentParser;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;

/**
 * The program that {@link PdfReader} runs: a PDF file on the standard input, its text in UTF-8 on the standard output,
 * and how it went as exit code.
 */
final class PdfText {

    private PdfText() {}

    /** How it went. */
    enum Exit {
        TEXT(0),
        PASSWORD(10),
        NO_TEXT(11),
        TIMEOUT(12),
        /** Also whatever ends a process without its consent. */
        BROKEN(13);

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
        try (OutputStream output = new FileOutputStream(FileDescriptor.out)) {
            String text = new ApachePdfBoxDocumentParser().parse(System.in).text();
            output.write(text.getBytes(StandardCharsets.UTF_8));
            return Exit.TEXT;
        } catch (BlankDocumentException e) {
            return Exit.NO_TEXT;
        } catch (Throwable e) {
            return e.getCause() instanceof InvalidPasswordException ? Exit.PASSWORD : Exit.BROKEN;
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

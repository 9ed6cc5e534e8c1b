package dev.rapid4j.samples.reading;

import dev.rapid4j.samples.reading.UnreadableException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * PDF files to text, in a process of its own with little memory and time: a file made to exhaust either ends that
 * process and not the application.
 */
public final class PdfReader {

    /** How much longer than the process itself, which ends on its own, is waited before it is killed. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final String SPRING_BOOT_LAUNCHER = "org.springframework.boot.loader.launch.PropertiesLauncher";

    private static final String CUT_SHORT =
            "It is cut short: its end is missing. Download or copy it again. If other programs show all of it, print it to"
                    + " a new PDF.";

    /** How one begins. */
    private static final Pattern OBJECT = Pattern.compile("\\d\\s++\\d++\\s++obj\\b");

    private final long heapBytes;
    private final Duration timeout;
    private final int maxBytes;

    /**
     * @param heapBytes most memory for Java objects of the process
     * @param timeout longest time for one file
     * @param maxBytes most that its text may take in UTF-8
     */
    public PdfReader(long heapBytes, Duration timeout, long maxBytes) {
        this.heapBytes = heapBytes;
        this.timeout = timeout;
        this.maxBytes = (int) Math.min(maxBytes, Integer.MAX_VALUE - 16);
    }

    /**
     * @return the text of each page
     * @throws UnreadableException if there is no text in the file, or it cannot be read
     */
    List<String> read(byte[] pdf) {
        if (isCutShort(pdf)) {
            throw unreadable(CUT_SHORT);
        }
        try {
            ProcessBuilder builder = new ProcessBuilder(command()).redirectError(ProcessBuilder.Redirect.DISCARD);
            // Windows cannot do without it; nothing else is of its business
            builder.environment().keySet().retainAll(Set.of("SystemRoot"));
            Process process = builder.start();
            Executor afterTimeout =
                    CompletableFuture.delayedExecutor(timeout.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
            CompletableFuture<Void> kill = CompletableFuture.runAsync(process::destroyForcibly, afterTimeout);
            try {
                return List.of(text(process, pdf).split(PdfText.BEHIND_A_PAGE, -1));
            } finally {
                process.destroyForcibly();
                kill.cancel(false);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The process that reads PDF files cannot be started", e);
        }
    }

    private String text(Process process, byte[] pdf) throws IOException {
        try (OutputStream input = process.getOutputStream()) {
            input.write(pdf);
        } catch (IOException e) {
            // it has ended before it has read everything: its exit code says why
            return text(process);
        }
        return text(process);
    }

    private String text(Process process) throws IOException {
        byte[] text;
        try (InputStream output = process.getInputStream()) {
            text = output.readNBytes(maxBytes + 1);
            if (text.length > maxBytes) {
                throw new UnreadableException(
                        Reason.TOO_LARGE,
                        "There is too much text in this PDF",
                        "It has more than %,d bytes of text. Split it.".formatted(maxBytes));
            }
        }
        try {
            int code = process.waitFor();
            if (code != PdfText.Exit.TEXT.code()) {
                throw unreadable(reason(code));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreadableException(Reason.INTERRUPTED, "Reading was interrupted", "Try again later.");
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    private static UnreadableException unreadable(String reason) {
        return new UnreadableException(Reason.NO_TEXT, "This PDF cannot be read", reason);
    }

    private static String reason(int code) {
        return switch (PdfText.Exit.of(code)) {
            case ENCRYPTED -> "It is encrypted, by a password or otherwise. Save a copy that is not.";
            case PICTURES ->
                "There is no text in it: its pages are pictures. Run it through text recognition (OCR) first.";
            case EMPTY -> "There is no text in it, nor pictures of text: its pages are empty, or it is damaged.";
            case TIMEOUT -> "Reading it takes too long. Split it, or save its text as a plain text file.";
            case BROKEN, TEXT ->
                "It is damaged, or more than can be read. Print it to a new PDF, or save its text as a plain text file.";
        };
    }

    /**
     * Whether the end is missing, as after a download that broke off. What is there could often be read, and be taken
     * for the whole. A PDF ends with {@code startxref} and a number; one that was updated, or is made to be shown while
     * it is loaded, has an earlier one, too, but other objects behind it.
     */
    private static boolean isCutShort(byte[] pdf) {
        String file = new String(pdf, StandardCharsets.ISO_8859_1);
        int end = file.lastIndexOf("startxref");
        return end < 0 || OBJECT.matcher(file).region(end, file.length()).find();
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapBytes,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.awt.headless=true",
                // or it goes into the user's home
                "-Dpdfbox.fontcache=" + System.getProperty("java.io.tmpdir"),
                "-cp",
                System.getProperty("java.class.path")));
        if (runsFromSpringBootJar()) {
            command.add("-Dloader.main=" + PdfText.class.getName());
            command.add(SPRING_BOOT_LAUNCHER);
        } else {
            command.add(PdfText.class.getName());
        }
        command.add(String.valueOf(timeout.toMillis()));
        return command;
    }

    private static boolean runsFromSpringBootJar() {
        return PdfText.class.getResource("PdfText.class").toString().startsWith("jar:nested:");
    }
}

package dev.rapid4j.samples.ask;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;

/**
 * The text of a file, and where its parts begin.
 *
 * @param part what is counted, {@code "line"} or {@code "page"}
 * @param parts number of each part, from 1, by its first character
 */
record TextFile(String text, String part, NavigableMap<Integer, Integer> parts) {

    /**
     * Reads a PDF by its pages, and anything else as text in UTF-8 by its lines.
     *
     * @throws IOException if that is not possible; its message is for the user
     */
    static TextFile read(Path file) throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IOException("There is no file " + file.toAbsolutePath(), e);
        } catch (IOException e) {
            throw new IOException("%s cannot be read: %s".formatted(file.toAbsolutePath(), e.getMessage()), e);
        }
        boolean isPdf =
                new String(content, 0, Math.min(content.length, 5), StandardCharsets.ISO_8859_1).equals("%PDF-");
        TextFile read = isPdf ? pages(file, content) : lines(file, content);
        if (read.text().isBlank()) {
            throw new IOException(
                    isPdf
                            ? file + " has no text: its pages are pictures. Run it through text recognition (OCR) first"
                            : file + " is empty");
        }
        return read;
    }

    private static TextFile pages(Path file, byte[] content) throws IOException {
        NavigableMap<Integer, Integer> parts = new TreeMap<>();
        StringBuilder text = new StringBuilder();
        try (PDDocument document = Loader.loadPDF(content)) {
            PDFTextStripper stripper = new PDFTextStripper();
            for (int page = 1; page <= document.getNumberOfPages(); page++) {
                stripper.setStartPage(page);
                stripper.setEndPage(page);
                parts.put(text.length(), page);
                text.append(stripper.getText(document));
            }
        } catch (InvalidPasswordException e) {
            throw new IOException(file + " is encrypted. Save a copy that is not", e);
        } catch (IOException e) {
            throw new IOException(
                    "%s is damaged or cut short (%s). Download or copy it again".formatted(file, e.getMessage()), e);
        }
        return new TextFile(text.toString(), "page", parts);
    }

    private static TextFile lines(Path file, byte[] content) throws IOException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString()
                    .replaceFirst("^\uFEFF", "");
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is neither a PDF nor text in UTF-8. Save it as one of them", e);
        }
        NavigableMap<Integer, Integer> parts = new TreeMap<>();
        for (int start = 0; start >= 0; start = after(text, start)) {
            parts.put(start, parts.size() + 1);
        }
        return new TextFile(text, "line", parts);
    }

    /** @return where the next line begins, or -1 */
    private static int after(String text, int start) {
        int end = text.indexOf('\n', start);
        return end < 0 || end == text.length() - 1 ? -1 : end + 1;
    }

    /** In which parts some characters stand, as {@code "page 3"} or {@code "lines 12 to 17"}. */
    String place(int start, int end) {
        int first = parts.floorEntry(start).getValue();
        int last = parts.floorEntry(end - 1).getValue();
        return first == last ? part + " " + first : "%ss %d to %d".formatted(part, first, last);
    }
}

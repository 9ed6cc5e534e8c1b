package dev.rapid4j.samples.reading;

import dev.rapid4j.samples.reading.UnreadableException.Reason;
import java.util.regex.Pattern;

/** Text, Markdown and PDF files to text. */
public final class DocumentReader {

    private static final int NAME_CHARACTERS = 120;
    private static final Pattern PATH = Pattern.compile("^.*[/\\\\]", Pattern.DOTALL);
    private static final Pattern INVISIBLE = Pattern.compile("\\p{C}+");

    private final PdfReader pdfReader;

    public DocumentReader(PdfReader pdfReader) {
        this.pdfReader = pdfReader;
    }

    /** What can be shown of a file name: no folders, nothing invisible, not too long. */
    public static String displayName(String fileName) {
        String name = INVISIBLE
                .matcher(PATH.matcher(fileName == null ? "" : fileName).replaceFirst(""))
                .replaceAll("")
                .strip();
        if (name.isEmpty()) {
            return "document";
        }
        return name.codePointCount(0, name.length()) <= NAME_CHARACTERS
                ? name
                : name.substring(0, name.offsetByCodePoints(0, NAME_CHARACTERS - 1)) + "…";
    }

    /** @throws UnreadableException if a file has no text, or cannot be read */
    public DocumentText read(byte[] content) {
        if (content.length == 0) {
            throw new UnreadableException(Reason.NO_TEXT, "The file is empty", "Choose one with text in it.");
        }
        DocumentText text = switch (FileSignature.of(content)) {
            case PDF -> DocumentText.ofPages(pdfReader.read(content));
            case ZIP ->
                throw unsupported(
                        "This is a ZIP archive or an office file",
                        "Unpack an archive first; save an office file as PDF or as plain text.");
            case OLD_OFFICE -> throw unsupported("This is an office file", "Save it as PDF or as plain text.");
            case RICH_TEXT -> throw unsupported("This is a rich text file", "Save it as PDF or as plain text.");
            case OTHER -> DocumentText.ofLines(TextDecoder.decode(content));
        };
        if (text.text().isEmpty()) {
            throw new UnreadableException(
                    Reason.NO_TEXT, "There is no text in this file", "It holds nothing but white space.");
        }
        return text;
    }

    private static UnreadableException unsupported(String title, String detail) {
        return new UnreadableException(Reason.UNSUPPORTED, title, detail);
    }
}

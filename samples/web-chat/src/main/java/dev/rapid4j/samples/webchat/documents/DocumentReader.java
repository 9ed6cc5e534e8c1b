package dev.rapid4j.samples.webchat.documents;

import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.util.regex.Pattern;

/** Text, Markdown and PDF files to text. */
public final class DocumentReader {

    private static final int NAME_CHARACTERS = 120;
    private static final Pattern PATH = Pattern.compile("^.*[/\\\\]", Pattern.DOTALL);
    private static final Pattern INVISIBLE = Pattern.compile("\\p{C}+");
    private static final Pattern LINE_END = Pattern.compile("\r\n?");

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

    /**
     * The text of a file, with {@code \n} for line ends and without white space around it.
     *
     * @throws ProblemException if it has none, or cannot be read
     */
    public String read(byte[] content) {
        if (content.length == 0) {
            throw new ProblemException(Kind.INVALID, "The file is empty", "Choose one with text in it.");
        }
        String text = switch (FileSignature.of(content)) {
            case PDF -> pdfReader.read(content);
            case ZIP ->
                throw unsupported(
                        "This is a ZIP archive or an office file",
                        "Unpack an archive first; save an office file as PDF or as plain text.");
            case OLD_OFFICE -> throw unsupported("This is an office file", "Save it as PDF or as plain text.");
            case RICH_TEXT -> throw unsupported("This is a rich text file", "Save it as PDF or as plain text.");
            case OTHER -> TextDecoder.decode(content);
        };
        String normal = LINE_END.matcher(text).replaceAll("\n").strip();
        if (normal.isEmpty()) {
            throw new ProblemException(
                    Kind.INVALID, "There is no text in this file", "It holds nothing but white space.");
        }
        return normal;
    }

    private static ProblemException unsupported(String title, String detail) {
        return new ProblemException(Kind.UNSUPPORTED, title, detail);
    }
}

package dev.rapid4j.samples.reading;

import dev.rapid4j.samples.reading.UnreadableException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.mozilla.universalchardet.UniversalDetector;

/** Bytes to text: by the byte order mark, as UTF-8, or in the encoding that the bytes look like. */
final class TextDecoder {

    /** Text has next to no control characters besides those for white space; of so many characters one is forgiven. */
    private static final int CHARACTERS_PER_CONTROL = 1000;

    private static final Map<String, Charset> BYTE_ORDER_MARKS = new LinkedHashMap<>();

    static {
        BYTE_ORDER_MARKS.put("\u00ef\u00bb\u00bf", StandardCharsets.UTF_8);
        // before UTF-16, whose mark is the beginning of this one
        BYTE_ORDER_MARKS.put("\u00ff\u00fe\0\0", Charset.forName("UTF-32LE"));
        BYTE_ORDER_MARKS.put("\0\0\u00fe\u00ff", Charset.forName("UTF-32BE"));
        BYTE_ORDER_MARKS.put("\u00ff\u00fe", StandardCharsets.UTF_16LE);
        BYTE_ORDER_MARKS.put("\u00fe\u00ff", StandardCharsets.UTF_16BE);
    }

    private TextDecoder() {}

    /** @throws UnreadableException if the bytes are not text, or nobody can tell in what encoding */
    static String decode(byte[] content) {
        for (Map.Entry<String, Charset> mark : BYTE_ORDER_MARKS.entrySet()) {
            if (FileSignature.startsWith(content, mark.getKey())) {
                return checked(decode(content, mark.getKey().length(), mark.getValue()));
            }
        }
        return checked(decode(content, 0, StandardCharsets.UTF_8)
                .or(() -> detect(content).flatMap(charset -> decode(content, 0, charset))));
    }

    private static Optional<String> decode(byte[] content, int start, Charset charset) {
        try {
            return Optional.of(charset.newDecoder()
                    .decode(ByteBuffer.wrap(content, start, content.length - start))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static Optional<Charset> detect(byte[] content) {
        UniversalDetector detector = new UniversalDetector();
        detector.handleData(content);
        detector.dataEnd();
        return Optional.ofNullable(detector.getDetectedCharset())
                .filter(Charset::isSupported)
                .map(Charset::forName);
    }

    private static String checked(Optional<String> text) {
        return text.filter(TextDecoder::looksLikeText)
                .orElseThrow(() -> new UnreadableException(
                        Reason.UNSUPPORTED,
                        "This is not a text",
                        "Text, Markdown and PDF files can be read. If it is a text, save it in the encoding UTF-8."));
    }

    private static boolean looksLikeText(String text) {
        long controls = text.chars().filter(TextDecoder::isControl).count();
        return text.indexOf('\0') < 0 && controls <= text.length() / CHARACTERS_PER_CONTROL;
    }

    private static boolean isControl(int character) {
        return Character.isISOControl(character) && !Character.isWhitespace(character) && character != '\u0085';
    }
}

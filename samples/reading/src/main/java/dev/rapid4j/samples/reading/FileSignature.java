package dev.rapid4j.samples.reading;

/** What a file is, by its first bytes: its name may say anything. */
enum FileSignature {
    PDF,
    /** Also what office applications write. */
    ZIP,
    OLD_OFFICE,
    RICH_TEXT,
    OTHER;

    /** PDF readers accept other bytes before the header. */
    private static final int PDF_HEADER_WITHIN = 1024;

    static FileSignature of(byte[] content) {
        if (startsWith(content, "PK\3\4") || startsWith(content, "PK\5\6")) {
            return ZIP;
        }
        if (startsWith(content, "\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1")) {
            return OLD_OFFICE;
        }
        if (startsWith(content, "{\\rtf")) {
            return RICH_TEXT;
        }
        for (int start = 0; start < PDF_HEADER_WITHIN; start++) {
            if (has(content, start, "%PDF-")) {
                return PDF;
            }
        }
        return OTHER;
    }

    /** @param bytes each as a character from 0 to 255 */
    static boolean startsWith(byte[] content, String bytes) {
        return has(content, 0, bytes);
    }

    private static boolean has(byte[] content, int start, String bytes) {
        if (content.length < start + bytes.length()) {
            return false;
        }
        for (int i = 0; i < bytes.length(); i++) {
            if ((content[start + i] & 0xff) != bytes.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}

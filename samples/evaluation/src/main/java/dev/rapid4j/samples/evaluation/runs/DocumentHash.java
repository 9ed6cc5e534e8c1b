package dev.rapid4j.samples.evaluation.runs;

import dev.rapid4j.samples.evaluation.data.Task;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells whether tasks are about the same long text, without keeping it. */
public final class DocumentHash {

    private DocumentHash() {}

    /** SHA-256 of the task's long text, in hexadecimal digits. */
    public static String of(Task task) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(task.context().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

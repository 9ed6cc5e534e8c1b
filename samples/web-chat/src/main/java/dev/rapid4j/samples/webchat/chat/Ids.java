package dev.rapid4j.samples.webchat.chat;

import java.security.SecureRandom;
import java.util.Base64;

/** Names that nobody guesses: 128 random bits, fit for a URL. */
final class Ids {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 16;

    private Ids() {}

    static String next() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}

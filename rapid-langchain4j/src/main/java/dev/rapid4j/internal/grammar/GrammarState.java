package dev.rapid4j.internal.grammar;

import dev.rapid4j.internal.grammar.Configuration.Top;
import dev.rapid4j.internal.grammar.Step.Terminal;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A place in a text that follows a {@link Rule}: what has been written so far, and what may follow. Immutable; safe to
 * use from several threads.
 */
public final class GrammarState {

    /** Bytes of {@link #certain}, about. */
    private static final int MAX_CERTAIN = 500;

    private final Vocabulary vocabulary;
    private final Configuration configuration;
    private final WritingStyle style;

    /** Made when asked for: of what is drafted, much is never asked. */
    private volatile TokenSet allowed;

    GrammarState(Vocabulary vocabulary, Configuration configuration, WritingStyle style) {
        this.vocabulary = vocabulary;
        this.configuration = configuration;
        this.style = style;
    }

    /** The tokens of which the next is one: control tokens where they may come, end tokens if {@link #canEnd}. */
    public TokenSet allowed() {
        TokenSet known = allowed;
        if (known == null) {
            known = vocabulary.allowed(configuration);
            allowed = known;
        }
        return known;
    }

    /**
     * The place behind one more token.
     *
     * @throws IllegalArgumentException if the token is not {@link #allowed}, or an end token
     */
    public GrammarState after(int token) {
        if (token < 0 || token >= vocabulary.size() || vocabulary.isEnd(token)) {
            throw new IllegalArgumentException("nothing can follow token %d here".formatted(token));
        }
        Configuration behind = behind(token);
        if (behind.isDead()) {
            throw new IllegalArgumentException("token %d cannot come here".formatted(token));
        }
        WritingStyle afterwards = style.after(vocabulary.bytes(token));
        return behind == configuration && afterwards == style ? this : new GrammarState(vocabulary, behind, afterwards);
    }

    /** The place behind a text, however it is tokenised; empty if that cannot come here. */
    public Optional<GrammarState> after(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Configuration behind = behind(bytes);
        return behind.isDead()
                ? Optional.empty()
                : Optional.of(new GrammarState(vocabulary, behind, style.after(bytes)));
    }

    /** Whether a token is {@link #allowed}; quicker, where nobody has asked for all of them. */
    public boolean allows(int token) {
        if (token < 0 || token >= vocabulary.size()) {
            return false;
        }
        return vocabulary.isEnd(token) ? canEnd() : !behind(token).isDead();
    }

    private Configuration behind(int token) {
        Configuration behind = configuration.token(token);
        byte[] bytes = vocabulary.bytes(token);
        if (bytes.length == 0) {
            return behind;
        }
        return behind.or(behind(bytes));
    }

    private Configuration behind(byte[] bytes) {
        Configuration next = configuration;
        for (int i = 0; i < bytes.length && !next.isDead(); i++) {
            next = next.step(bytes[i] & 0xFF);
        }
        return next;
    }

    /**
     * The text that has to come now, as far as there is no choice. White space, where there is a choice, is taken to be
     * as it was before in this text; so it is a proposal. Empty where there is a choice at once.
     */
    public String certain() {
        ByteArrayOutputStream certain = new ByteArrayOutputStream();
        Configuration place = configuration;
        WritingStyle now = style;
        while (certain.size() < MAX_CERTAIN && !place.ended()) {
            List<Top> written =
                    place.tops().stream().filter(top -> !isBlank(top)).toList();
            int next = onlyByte(written);
            if (next < 0) {
                break;
            }
            byte[] bytes = {(byte) next};
            if (written.size() < place.tops().size()) {
                bytes = (now.blankBefore(next) + (char) next).getBytes(StandardCharsets.ISO_8859_1);
            }
            Configuration behind = place;
            for (byte value : bytes) {
                behind = behind.step(value & 0xFF);
            }
            if (behind.isDead()) {
                break;
            }
            place = behind;
            now = now.after(bytes);
            certain.writeBytes(bytes);
        }
        return wholeCharacters(certain.toByteArray());
    }

    private static boolean isBlank(Top top) {
        return top.step() instanceof Terminal terminal && terminal.blank();
    }

    /** The one byte that may come, or -1. */
    private static int onlyByte(List<Top> tops) {
        int only = -1;
        for (Top top : tops) {
            if (!(top.step() instanceof Terminal terminal)) {
                return -1;
            }
            for (int next = 0; next < 256; next++) {
                if (next != only && terminal.automaton().step(top.state(), next) != Automaton.DEAD) {
                    if (only >= 0) {
                        return -1;
                    }
                    only = next;
                }
            }
        }
        return only;
    }

    /** Without a last character of which bytes are missing; what comes before it is valid. */
    private static String wholeCharacters(byte[] bytes) {
        int end = bytes.length;
        for (int i = 1; i <= Math.min(3, end); i++) {
            int value = bytes[end - i] & 0xFF;
            if (value >= 0xC0) {
                int length = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2;
                end = length > i ? end - i : end;
                break;
            }
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    /** Whether what is written is whole. */
    public boolean canEnd() {
        return configuration.ended();
    }

    /** Whether it is whole and nothing can follow. */
    public boolean complete() {
        return configuration.ended() && configuration.tops().isEmpty();
    }
}

package dev.rapid4j.internal.answer;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.rapid4j.internal.answer.Calls.Beginning;
import dev.rapid4j.internal.grammar.Rule;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads calls, as {@link Calls#rule} allows them, piece by piece. */
final class CallReader {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final AnswerVocabulary vocabulary;
    private final Calls calls;
    private final ToolForm form;
    private final AnswerListener listener;
    private final String before;
    /** Stand-ins: surrogates without their other half, which no text holds. */
    private final Map<Integer, Character> controls = new HashMap<>();

    private final List<ToolExecutionRequest> read = new ArrayList<>();
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** Of a character that is not whole yet. */
    private byte[] bytes = new byte[0];

    private final StringBuilder text = new StringBuilder();
    private Step step;
    private String tool = "";
    private String id = "";
    private final StringBuilder arguments = new StringBuilder();
    private JsonEnd end = new JsonEnd();

    private enum Step {
        BEFORE,
        NAME,
        ARGUMENTS,
        AFTER,
        NEXT,
        DONE
    }

    CallReader(AnswerVocabulary vocabulary, Calls calls, Beginning beginning, AnswerListener listener) {
        this.vocabulary = vocabulary;
        this.calls = calls;
        this.form = beginning.form();
        this.listener = listener;
        this.before = written(beginning.before());
        this.step = Step.BEFORE;
        beginning.tool().ifPresent(this::begin);
    }

    /** A text of the form, with a stand-in for each control token. */
    private String written(String text) {
        StringBuilder written = new StringBuilder();
        for (Rule part : vocabulary.parts().apply(text)) {
            if (part instanceof Rule.Control control) {
                written.append(controls.computeIfAbsent(control.token(), token -> (char) (0xD800 + controls.size()))
                        .charValue());
            } else if (part instanceof Rule.Literal literal) {
                written.append(literal.text());
            }
        }
        return written.toString();
    }

    void append(int token) {
        byte[] added = vocabulary.bytes().of(token);
        if (added.length == 0) {
            text.append(controls.getOrDefault(token, '\uFFFD').charValue());
        } else {
            decode(added);
        }
        advance();
    }

    /** What stands behind the marker in the same token. */
    void append(String more) {
        text.append(more);
        advance();
    }

    private void decode(byte[] added) {
        ByteBuffer in =
                ByteBuffer.allocate(bytes.length + added.length).put(bytes).put(added);
        in.flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.reset().decode(in, out, false);
        bytes = new byte[in.remaining()];
        in.get(bytes);
        text.append(out.flip());
    }

    private void advance() {
        boolean on = true;
        while (on) {
            on = switch (step) {
                case BEFORE -> skip(before, Step.NAME);
                case NAME -> name();
                case ARGUMENTS -> arguments();
                case AFTER -> skip(written(form.after()), Step.NEXT);
                case NEXT -> next();
                case DONE -> false;
            };
        }
    }

    private boolean skip(String expected, Step then) {
        if (text.length() < expected.length()) {
            return false;
        }
        // the constraint has let nothing else come
        text.delete(0, expected.length());
        step = then;
        return true;
    }

    private boolean name() {
        for (String name : calls.arguments().keySet()) {
            String expected = written(form.named(name));
            if (startsWith(expected)) {
                text.delete(0, expected.length());
                begin(name);
                return true;
            }
        }
        return false;
    }

    private boolean startsWith(String expected) {
        return text.length() >= expected.length() && text.indexOf(expected) == 0;
    }

    private void begin(String name) {
        step = Step.ARGUMENTS;
        tool = name;
        id = id();
        arguments.setLength(0);
        end = new JsonEnd();
    }

    private String id() {
        int length = form.idLength().orElse(24);
        StringBuilder letters = new StringBuilder(form.idLength().isPresent() ? "" : "call_");
        RANDOM.ints(length, 0, LETTERS.length()).forEach(letter -> letters.append(LETTERS.charAt(letter)));
        return letters.toString();
    }

    private boolean arguments() {
        int length = end.length(text);
        String piece = text.substring(0, length);
        text.delete(0, length);
        if (!piece.isEmpty()) {
            arguments.append(piece);
            listener.onPartialCall(read.size(), id, tool, piece);
        }
        if (!end.isReached()) {
            return false;
        }
        step = Step.AFTER;
        return true;
    }

    private boolean next() {
        if (arguments.length() > 0) {
            ToolExecutionRequest call = ToolExecutionRequest.builder()
                    .id(id)
                    .name(tool)
                    .arguments(arguments.toString())
                    .build();
            arguments.setLength(0);
            listener.onCall(read.size(), call);
            read.add(call);
        }
        Optional<String> next = form.next().map(this::written);
        if (next.filter(this::startsWith).isPresent()) {
            text.delete(0, next.get().length());
            tool = "";
            step = Step.NAME;
            return true;
        }
        String last = written(form.end());
        if (!last.isEmpty() && startsWith(last)) {
            text.delete(0, last.length());
            step = Step.DONE;
        }
        return false;
    }

    /** Whether nothing has begun that is not over. */
    boolean isWhole() {
        return step == Step.DONE
                || step == Step.NEXT && text.toString().isBlank() && form.end().isEmpty();
    }

    List<ToolExecutionRequest> calls() {
        return read;
    }

    /** What has begun and is not over, in words. */
    String unfinished() {
        return tool.isEmpty() || step == Step.NEXT ? "a call of a tool" : "a call of the tool '" + tool + "'";
    }
}

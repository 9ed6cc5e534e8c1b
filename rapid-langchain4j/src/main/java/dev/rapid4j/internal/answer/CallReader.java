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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads calls, as {@link Calls#rule} allows them, piece by piece. */
final class CallReader {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final AnswerVocabulary vocabulary;
    private final Calls calls;
    private final ToolForm form;
    private final AnswerListener listener;
    private final Pattern before;
    private final Map<String, Pattern> named = new LinkedHashMap<>();
    private final Pattern after;
    private final List<Pattern> next;
    private final Pattern end;
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
    private ArgumentsReader argumentsReader;

    private enum Step {
        BEFORE,
        NAME,
        ARGUMENTS,
        AFTER,
        NEXT
    }

    CallReader(AnswerVocabulary vocabulary, Calls calls, Beginning beginning, AnswerListener listener) {
        this.vocabulary = vocabulary;
        this.calls = calls;
        this.form = beginning.form();
        this.listener = listener;
        this.before = pattern(beginning.before());
        calls.arguments().keySet().forEach(name -> named.put(name, pattern(form.named(name))));
        this.after = pattern(form.after());
        this.next = form.next().stream().map(this::pattern).toList();
        this.end = pattern(form.end());
        this.step = Step.BEFORE;
        beginning.tool().ifPresent(this::begin);
    }

    private Pattern pattern(String text) {
        return Spacing.pattern(text, this::written);
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
                case BEFORE -> skip(before, tool.isEmpty() ? Step.NAME : Step.ARGUMENTS);
                case NAME -> name();
                case ARGUMENTS -> arguments();
                case AFTER -> skip(after, Step.NEXT);
                case NEXT -> next();
            };
        }
    }

    private boolean skip(Pattern expected, Step then) {
        boolean skipped = skip(expected);
        if (skipped) {
            step = then;
        }
        return skipped;
    }

    /** The constraint lets nothing else come, so what is not there yet will be. */
    private boolean skip(Pattern expected) {
        Matcher matcher = expected.matcher(text);
        boolean there = matcher.lookingAt();
        if (there) {
            text.delete(0, matcher.end());
        }
        return there;
    }

    private boolean name() {
        for (Map.Entry<String, Pattern> each : named.entrySet()) {
            if (skip(each.getValue())) {
                begin(each.getKey());
                step = Step.ARGUMENTS;
                return true;
            }
        }
        return false;
    }

    private void begin(String name) {
        tool = name;
        id = id();
        arguments.setLength(0);
        argumentsReader = calls.arguments().get(name).reader().get();
    }

    private String id() {
        int length = form.idLength().orElse(24);
        StringBuilder letters = new StringBuilder(form.idLength().isPresent() ? "" : "call_");
        RANDOM.ints(length, 0, LETTERS.length()).forEach(letter -> letters.append(LETTERS.charAt(letter)));
        return letters.toString();
    }

    private boolean arguments() {
        String piece = argumentsReader.read(text);
        if (!piece.isEmpty()) {
            arguments.append(piece);
            listener.onPartialCall(read.size(), id, tool, piece);
        }
        if (!argumentsReader.ended()) {
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
        if (next.stream().noneMatch(this::skipNext)) {
            return false;
        }
        tool = "";
        step = Step.NAME;
        return true;
    }

    /** What need not be there is, where a tool's name follows. */
    private boolean skipNext(Pattern expected) {
        Matcher matcher = expected.matcher(text);
        if (!matcher.lookingAt()) {
            return false;
        }
        CharSequence behind = text.subSequence(matcher.end(), text.length());
        boolean further = !expected.matcher("").matches()
                || named.values().stream().anyMatch(name -> name.matcher(behind).lookingAt());
        return further && skip(expected);
    }

    /** Whether nothing has begun that is not over. What is no further call may stand behind a call, and is nothing. */
    boolean isWhole() {
        Matcher matcher = end.matcher(text);
        return step == Step.NEXT
                && matcher.lookingAt()
                && (calls.separator(form).isPresent()
                        || text.substring(matcher.end()).isBlank());
    }

    List<ToolExecutionRequest> calls() {
        return read;
    }

    /** What has begun and is not over, in words. */
    String unfinished() {
        return tool.isEmpty() || step == Step.NEXT ? "a call of a tool" : "a call of the tool '" + tool + "'";
    }
}

package dev.rapid4j.internal.answer;

import dev.langchain4j.exception.InvalidRequestException;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.answer.Calls.Beginning;
import dev.rapid4j.internal.answer.TextMarkers.Marker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Tells the parts of an answer from each other, token by token. */
public final class AnswerReader {

    private final AnswerVocabulary vocabulary;
    private final Optional<ThinkingForm> thinkingForm;
    private final OptionalInt openToken;
    private final OptionalInt closeToken;
    private final Optional<Calls> calls;
    private final boolean mustCall;
    private final AnswerListener listener;
    private final List<String> stopSequences;
    private final Map<Integer, Beginning> beginnings = new HashMap<>();
    private final TrimmedText thinking;
    private TrimmedText text;
    private Part part;
    private TextStream stream;
    private Optional<CallReader> called = Optional.empty();

    private enum Part {
        START,
        THINKING,
        TEXT,
        CALLS
    }

    /**
     * @param mustCall whether the answer cannot be anything but calls
     * @param inThinking whether thinking has begun before the answer's first token
     */
    AnswerReader(
            AnswerVocabulary vocabulary,
            Optional<ThinkingForm> thinkingForm,
            Optional<Calls> calls,
            boolean mustCall,
            boolean inThinking,
            List<String> stopSequences,
            AnswerListener listener) {
        this.vocabulary = vocabulary;
        this.thinkingForm = thinkingForm;
        this.calls = calls;
        this.mustCall = mustCall;
        this.listener = listener;
        this.stopSequences = stopSequences;
        this.openToken =
                thinkingForm.map(form -> vocabulary.control(form.open())).orElse(OptionalInt.empty());
        this.closeToken =
                thinkingForm.map(form -> vocabulary.control(form.close())).orElse(OptionalInt.empty());
        calls.ifPresent(found -> found.beginnings()
                .forEach(beginning -> beginning.token().ifPresent(token -> beginnings.put(token, beginning))));
        this.thinking = new TrimmedText(true, (piece, source) -> listener.onThinking(piece));
        this.text = new TrimmedText(false, listener::onText);
        if (inThinking) {
            think();
        } else {
            write(Part.START);
        }
    }

    private void think() {
        part = Part.THINKING;
        List<Marker> markers = closeToken.isPresent()
                ? List.of()
                : List.of(new Marker(thinkingForm.orElseThrow().close(), false));
        stream = new TextStream(vocabulary.decode(), List.of(), markers, thinking::add);
    }

    private void write(Part part) {
        this.part = part;
        List<Marker> markers = new ArrayList<>();
        calls.ifPresent(found -> found.beginnings().stream()
                .filter(beginning -> beginning.token().isEmpty())
                .forEach(beginning -> markers.add(beginning.marker())));
        if (part == Part.START && thinkingForm.isPresent() && openToken.isEmpty()) {
            markers.add(new Marker(thinkingForm.get().open(), true));
        }
        stream = new TextStream(vocabulary.decode(), mustCall ? List.of() : stopSequences, markers, text::add);
    }

    /** @return whether the answer ends here, as a stop sequence is complete; nothing may be added then */
    public boolean append(int token, TokenSource source) {
        if (part == Part.CALLS) {
            called.orElseThrow().append(token);
            return false;
        }
        if (part == Part.THINKING && is(closeToken, token)) {
            stream.finish();
            answer();
            return false;
        }
        if (part == Part.START && is(openToken, token) && stream.isBlank()) {
            text = new TrimmedText(false, listener::onText);
            think();
            return false;
        }
        if (part != Part.THINKING && beginnings.containsKey(token)) {
            stream.finish();
            if (stream.isStopped()) {
                return true;
            }
            call(beginnings.get(token));
            return false;
        }
        return stream.append(token, source) && ended(source);
    }

    private static boolean is(OptionalInt marker, int token) {
        return marker.isPresent() && marker.getAsInt() == token;
    }

    private void answer() {
        text = new TrimmedText(true, listener::onText);
        write(Part.TEXT);
    }

    private void call(Beginning beginning) {
        part = Part.CALLS;
        called = Optional.of(new CallReader(vocabulary, calls.orElseThrow(), beginning, listener));
    }

    /** What a text that ended is followed by; that may begin in the same token. */
    private boolean ended(TokenSource source) {
        if (stream.isStopped()) {
            return true;
        }
        Marker marker = stream.marker().orElseThrow();
        String rest = stream.rest();
        if (part == Part.THINKING) {
            answer();
            return !rest.isEmpty() && stream.append(rest, source) && ended(source);
        }
        Optional<Beginning> beginning = calls.flatMap(found -> found.beginnings().stream()
                .filter(each -> each.marker().equals(marker))
                .findFirst());
        if (beginning.isPresent()) {
            call(beginning.get());
            called.orElseThrow().append(rest);
            return false;
        }
        text = new TrimmedText(false, listener::onText);
        think();
        return !rest.isEmpty() && stream.append(rest, source) && ended(source);
    }

    /**
     * What was read, to its end.
     *
     * @param cut whether the answer ended because it may not be longer
     * @throws InvalidRequestException if it ended in the middle of a call
     */
    public Answer finish(boolean cut) {
        if (part == Part.CALLS) {
            CallReader read = called.orElseThrow();
            if (!read.isWhole()) {
                throw unfinished(read.unfinished(), cut);
            }
            return new Answer(text.toString(), thinking.toString(), read.calls());
        }
        if (mustCall && part != Part.THINKING) {
            throw unfinished("a call of a tool", cut);
        }
        stream.finish();
        if (part != Part.THINKING) {
            text.flush();
        }
        return new Answer(text.toString(), thinking.toString(), List.of());
    }

    private static InvalidRequestException unfinished(String what, boolean cut) {
        return new InvalidRequestException("The answer ended " + (cut ? "at its limit of tokens" : "too early")
                + ", in the middle of " + what
                + ", and half a call must not be executed; set a higher maxOutputTokens");
    }
}

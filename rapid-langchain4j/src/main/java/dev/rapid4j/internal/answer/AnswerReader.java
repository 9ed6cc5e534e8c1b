package dev.rapid4j.internal.answer;

import dev.langchain4j.exception.InvalidRequestException;
import dev.rapid4j.TokenSource;
import dev.rapid4j.internal.answer.Calls.Beginning;
import dev.rapid4j.internal.answer.Channels.Header;
import dev.rapid4j.internal.answer.TextMarkers.Marker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** Tells the parts of an answer from each other, token by token. */
public final class AnswerReader {

    private final AnswerVocabulary vocabulary;
    private final AnswerForm form;
    private final OptionalInt openToken;
    private final OptionalInt closeToken;
    private final OptionalInt textOpenToken;
    private final OptionalInt textCloseToken;
    private final Optional<Calls> calls;
    private final boolean mustCall;
    private final boolean thinks;
    private final AnswerListener listener;
    private final List<String> stopSequences;
    private final Map<Integer, Beginning> beginnings = new HashMap<>();
    private final TrimmedText thinking;
    private TrimmedText text;
    private Part part;
    private TextStream stream;
    private Optional<CallReader> called = Optional.empty();

    /** Of the message whose header is being read. */
    private final List<Integer> header = new ArrayList<>();

    private enum Part {
        /** Text, unless thinking begins. */
        START,
        HEADER,
        THINKING,
        TEXT,
        /** Text that has to be closed. */
        OPENED,
        CALLS
    }

    /**
     * @param calls those that it may make
     * @param options what was asked for
     * @param inThinking whether thinking has begun before the answer's first token
     */
    AnswerReader(
            AnswerVocabulary vocabulary,
            AnswerForm form,
            Optional<Calls> calls,
            AnswerOptions options,
            boolean inThinking,
            List<String> stopSequences,
            AnswerListener listener) {
        this.vocabulary = vocabulary;
        this.form = form;
        this.calls = calls;
        this.mustCall = calls.isPresent() && options.mustCall();
        this.thinks = options.thinking().orElse(false);
        this.listener = listener;
        this.stopSequences = stopSequences;
        this.openToken = form.thinking()
                .map(thinking -> vocabulary.control(thinking.open()))
                .orElse(OptionalInt.empty());
        this.closeToken = form.thinking()
                .map(thinking -> vocabulary.control(thinking.close()))
                .orElse(OptionalInt.empty());
        this.textOpenToken = control(TextForm::open);
        this.textCloseToken = control(TextForm::close);
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

    private OptionalInt control(Function<TextForm, String> mark) {
        return form.text().map(mark).map(vocabulary::control).orElse(OptionalInt.empty());
    }

    private void think() {
        part = Part.THINKING;
        thinking.beginParagraph();
        List<Marker> markers = form.thinking()
                .filter(known -> closeToken.isEmpty())
                .map(known -> List.of(new Marker(known.close(), false)))
                .orElse(List.of());
        stream = new TextStream(vocabulary.decode(), List.of(), markers, thinking::add);
    }

    private void write(Part part) {
        this.part = part;
        List<Marker> markers = new ArrayList<>();
        calls.ifPresent(found -> found.beginnings().stream()
                .filter(beginning -> beginning.token().isEmpty())
                .filter(beginning -> part != Part.OPENED || !beginning.marker().atStart())
                .forEach(beginning -> markers.add(beginning.marker())));
        if (part == Part.START && form.thinking().isPresent() && openToken.isEmpty()) {
            markers.add(new Marker(form.thinking().get().open(), true));
        }
        form.text().ifPresent(known -> {
            if (mayOpen(known) && textOpenToken.isEmpty()) {
                markers.add(new Marker(known.open(), true));
            } else if (part == Part.OPENED && textCloseToken.isEmpty()) {
                markers.add(new Marker(known.close(), false));
            }
        });
        stream = new TextStream(vocabulary.decode(), mustCall ? List.of() : stopSequences, markers, text::add);
    }

    private boolean mayOpen(TextForm text) {
        return part == Part.TEXT || part == Part.START && (thinks || !text.withThinking());
    }

    /**
     * @return whether the answer ends here, as a stop sequence or its text's end is there; nothing may be added then
     */
    public boolean append(int token, TokenSource source) {
        if (part == Part.CALLS) {
            called.orElseThrow().append(token);
            return false;
        }
        if (part == Part.HEADER) {
            header(token);
            return false;
        }
        if (form.channels().filter(channels -> channels.divides(token)).isPresent()) {
            stream.finish();
            if (stream.isStopped()) {
                return true;
            }
            part = Part.HEADER;
            header.clear();
            header(token);
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
        if (part != Part.THINKING && is(textOpenToken, token) && stream.isBlank()) {
            open();
            return false;
        }
        if (part != Part.THINKING && is(textCloseToken, token)) {
            return true;
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

    private void header(int token) {
        Channels channels = form.channels().orElseThrow();
        if (token != channels.message()) {
            if (token != channels.start() && token != channels.end()) {
                header.add(token);
            }
            return;
        }
        Optional<Header> read = channels.header(header, vocabulary);
        Optional<String> tool = read.flatMap(Header::tool)
                .filter(name -> calls.filter(found -> found.arguments().containsKey(name))
                        .isPresent());
        if (tool.isPresent()) {
            call(new Beginning(ToolForm.CHANNELS, new Marker("", false), OptionalInt.empty(), "", tool));
        } else if (read.filter(Header::thinking).isPresent()) {
            think();
        } else {
            text.beginParagraph();
            write(Part.TEXT);
        }
    }

    private void answer() {
        text = new TrimmedText(true, listener::onText);
        write(Part.TEXT);
    }

    private void open() {
        text = new TrimmedText(true, listener::onText);
        write(Part.OPENED);
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
        if (form.text().filter(known -> known.close().equals(marker.text())).isPresent()) {
            return true;
        }
        if (form.text().filter(known -> known.open().equals(marker.text())).isPresent()) {
            open();
        } else {
            text = new TrimmedText(false, listener::onText);
            think();
        }
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
        if (mustCall && part != Part.THINKING || part == Part.HEADER && beginsCall()) {
            throw unfinished("a call of a tool", cut);
        }
        stream.finish();
        // where a message follows, white space before it is no text
        if (part != Part.THINKING && (part != Part.HEADER || header.isEmpty())) {
            text.flush();
        }
        return new Answer(text.toString(), thinking.toString(), List.of());
    }

    private boolean beginsCall() {
        return form.channels().orElseThrow().begunCall(header, vocabulary);
    }

    private static InvalidRequestException unfinished(String what, boolean cut) {
        return new InvalidRequestException("The answer ended " + (cut ? "at its limit of tokens" : "too early")
                + ", in the middle of " + what
                + ", and half a call must not be executed; set a higher maxOutputTokens");
    }
}

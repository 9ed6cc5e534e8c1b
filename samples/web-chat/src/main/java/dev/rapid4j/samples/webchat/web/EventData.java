package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.webchat.chat.AnswerEvent;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Failed;
import java.util.Locale;

/** Events of an answer as they go out. */
final class EventData {

    private EventData() {}

    /** A failure as in {@code application/problem+json}. */
    record Failure(String title, String detail, int status) {}

    static String name(AnswerEvent event) {
        return event.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    static Object data(AnswerEvent event) {
        return event instanceof Failed failed
                ? new Failure(
                        failed.problem().title(),
                        failed.problem().detail(),
                        ProblemAdvice.status(failed.problem().kind()).value())
                : event;
    }
}

package dev.rapid4j.samples.webchat.web;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.rapid4j.samples.webchat.chat.Answer.Logged;
import dev.rapid4j.samples.webchat.chat.AnswerEvent;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Failed;
import java.util.Locale;

/**
 * Data of an event as it goes out.
 *
 * @param at milliseconds after the question
 */
record EventData(@JsonUnwrapped Object event, long at) {

    /** A failure as in {@code application/problem+json}. */
    record Failure(String title, String detail, int status) {}

    static String name(AnswerEvent event) {
        return event.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    static EventData of(Logged logged) {
        return new EventData(
                logged.event() instanceof Failed failed
                        ? new Failure(
                                failed.problem().title(),
                                failed.problem().detail(),
                                ProblemAdvice.status(failed.problem().kind()).value())
                        : logged.event(),
                logged.at().toMillis());
    }
}

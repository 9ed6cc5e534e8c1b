package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.webchat.chat.Conversations;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Answers while they are written. */
@RestController
@RequestMapping("/api/answers/{id}")
class AnswerController {

    private final Conversations conversations;
    private final EventStreams streams;

    AnswerController(Conversations conversations, EventStreams streams) {
        this.conversations = conversations;
        this.streams = streams;
    }

    /** @param lastEventId takes precedence over {@code after}: it is what a browser sends when it reconnects */
    @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter events(
            @PathVariable String id,
            @RequestHeader(name = "Last-Event-ID", required = false) Integer lastEventId,
            @RequestParam(defaultValue = "0") int after) {
        return streams.open(conversations.answer(id), lastEventId == null ? after : lastEventId);
    }

    @DeleteMapping
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void stop(@PathVariable String id) {
        conversations.answer(id).stop();
    }
}

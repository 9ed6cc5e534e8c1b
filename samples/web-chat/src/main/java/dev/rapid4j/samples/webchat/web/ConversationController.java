package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.webchat.chat.Conversation;
import dev.rapid4j.samples.webchat.chat.Conversations;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Conversations. */
@RestController
@RequestMapping("/api/conversations")
class ConversationController {

    private final Conversations conversations;

    ConversationController(Conversations conversations) {
        this.conversations = conversations;
    }

    record Created(String id) {}

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Created create() {
        Conversation conversation = conversations.create();
        return new Created(conversation.id());
    }

    @GetMapping("/{id}")
    ConversationView get(@PathVariable String id) {
        return ConversationView.of(conversations.get(id));
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@PathVariable String id) {
        conversations.remove(id);
    }
}

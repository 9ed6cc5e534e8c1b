package dev.rapid4j.samples.webchat.openai;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.rapid4j.samples.webchat.openai.PendingAnswer.Event.Part;
import java.util.List;
import java.util.Optional;

/** What a completion looks like, whole and in chunks. */
interface CompletionFormat {

    Object whole(List<ChatResponse> choices);

    /** The first chunk of a choice, if it has one before anything is written. */
    Optional<Object> begin(int choice);

    /** A chunk; empty if this form has no place for such a part. */
    Optional<Object> part(int choice, Part part);

    /** The chunk behind a choice. */
    Object finish(int choice, ChatResponse response);

    /** The chunk behind all choices, for those who ask for it. */
    Object usage(List<ChatResponse> choices);
}

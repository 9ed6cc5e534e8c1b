package dev.rapid4j.samples.webchat.chat;

import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All conversations there are, within limits. Who knows an id may use it: ids cannot be guessed. */
public final class Conversations {

    private final ChatLimits limits;
    private final Clock clock;
    private final Map<String, Conversation> conversations = new LinkedHashMap<>();

    public Conversations(ChatLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** A new conversation; one that was never used makes room for it if necessary. */
    public synchronized Conversation create() {
        if (conversations.size() >= limits.conversations()) {
            Conversation unused = conversations.values().stream()
                    .filter(Conversation::isEmpty)
                    .min(Comparator.comparing(Conversation::lastUsed))
                    .orElseThrow(() -> new ProblemException(
                            Kind.TOO_MANY,
                            "Too many conversations",
                            "There are " + limits.conversations()
                                    + " conversations, as many as this server keeps. Try again later."));
            conversations.remove(unused.id());
        }
        Conversation conversation = new Conversation(Ids.next(), clock.instant());
        conversations.put(conversation.id(), conversation);
        return conversation;
    }

    public synchronized Conversation get(String id) {
        Conversation conversation = conversations.get(id);
        if (conversation == null || conversation.unusedSince(ago(limits.expiry()))) {
            throw new ProblemException(
                    Kind.UNKNOWN,
                    "No such conversation",
                    "Conversations are forgotten after " + limits.expiry().toMinutes()
                            + " minutes without use. Start a new one.");
        }
        conversation.used(clock.instant());
        return conversation;
    }

    /** Forgets a conversation and stops what is written in it. Does nothing if there is none. */
    public void remove(String id) {
        Conversation removed;
        synchronized (this) {
            removed = conversations.remove(id);
        }
        if (removed != null) {
            stop(removed.answers());
        }
    }

    /** @throws ProblemException if there is no room for another document */
    public synchronized void checkRoomForDocument(Conversation conversation) {
        if (conversation.documents().size() >= limits.documents()) {
            throw new ProblemException(
                    Kind.TOO_MANY,
                    "Too many documents",
                    "A conversation has up to " + limits.documents() + " documents. Remove one first.");
        }
    }

    /** Adds a document to a conversation. */
    public synchronized Document addDocument(Conversation conversation, String name, String text, int tokens) {
        checkRoomForDocument(conversation);
        if (conversation.tokens() + tokens > limits.tokens()) {
            throw new ProblemException(
                    Kind.TOO_LARGE,
                    "Too much text for one conversation",
                    "This document has %,d tokens and those before it have %,d, of at most %,d. Remove one, or split it."
                            .formatted(tokens, conversation.tokens(), limits.tokens()));
        }
        long others = conversations.values().stream()
                .mapToLong(Conversation::characters)
                .sum();
        if (others + text.length() > limits.characters()) {
            throw new ProblemException(
                    Kind.TOO_MANY,
                    "No room for this document",
                    "It has %,d characters, and the documents of all users have %,d of at most %,d. Remove one, or try again later."
                            .formatted(text.length(), others, limits.characters()));
        }
        Document document = new Document(Ids.next(), name, text, tokens);
        conversation.add(document);
        return document;
    }

    public Answer answer(String id) {
        return all().stream()
                .flatMap(conversation -> conversation.answers().stream())
                .filter(answer -> answer.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ProblemException(
                        Kind.UNKNOWN, "No such answer", "Its conversation is gone. Ask again in a new one."));
    }

    /** Somebody listens to an answer until the result is closed. */
    public Subscription listen(Answer answer, Runnable onNews) {
        answer.addListener(onNews);
        return () -> answer.removeListener(onNews, clock.instant());
    }

    /** Ends listening. */
    @FunctionalInterface
    public interface Subscription {

        void end();
    }

    /** Forgets conversations that nobody uses and stops answers that nobody listens to; to be called now and then. */
    public void sweep() {
        List<Conversation> unused;
        synchronized (this) {
            unused = conversations.values().stream()
                    .filter(conversation -> conversation.unusedSince(ago(limits.expiry())))
                    .toList();
        }
        unused.forEach(conversation -> remove(conversation.id()));
        all().forEach(conversation -> stop(conversation.answers().stream()
                .filter(answer -> answer.abandonedSince(ago(limits.listenerGrace())))
                .toList()));
    }

    /** The last first, as the end of one has the model asked for the next. */
    private static void stop(List<Answer> answers) {
        for (int i = answers.size() - 1; i >= 0; i--) {
            answers.get(i).stop();
        }
    }

    private Instant ago(Duration duration) {
        return clock.instant().minus(duration);
    }

    private synchronized List<Conversation> all() {
        return List.copyOf(conversations.values());
    }

    ChatLimits limits() {
        return limits;
    }

    Clock clock() {
        return clock;
    }
}

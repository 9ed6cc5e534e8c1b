package dev.rapid4j.samples.webchat.chat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.rapid4j.LongTextSelector;
import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Documents and what was said about them. Safe to use from several threads. */
public final class Conversation {

    private final String id;
    private final List<Document> documents = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    private Instant lastUsed;

    Conversation(String id, Instant now) {
        this.id = id;
        this.lastUsed = now;
    }

    public String id() {
        return id;
    }

    public synchronized List<Document> documents() {
        return List.copyOf(documents);
    }

    public synchronized List<Turn> turns() {
        return List.copyOf(turns);
    }

    public Document document(String documentId) {
        return find(documentId).orElseThrow(Conversation::unknownDocument);
    }

    private synchronized Optional<Document> find(String documentId) {
        return documents.stream()
                .filter(document -> document.id().equals(documentId))
                .findFirst();
    }

    synchronized void add(Document document) {
        documents.add(document);
    }

    /** Takes a document out; later questions are asked as if it had never been there. */
    public synchronized void removeDocument(String documentId) {
        checkNotWriting();
        if (!documents.removeIf(document -> document.id().equals(documentId))) {
            throw unknownDocument();
        }
        // nor is its text kept
        turns.replaceAll(turn -> new Turn(
                turn.question(),
                turn.documents().stream().filter(documents::contains).toList(),
                turn.answers()));
    }

    private static ProblemException unknownDocument() {
        return new ProblemException(Kind.UNKNOWN, "No such document", "It was removed; the others are still there.");
    }

    /** The prompt for a further question, and the turn that it opens. */
    record Opened(Turn turn, Prompt prompt) {}

    /**
     * Opens a turn; nothing else can be asked until its answers have ended, or it is {@linkplain #withdraw withdrawn}.
     */
    synchronized Opened open(String question, List<Answer> answers, int maxQuestions) {
        checkNotWriting();
        if (turns.size() >= maxQuestions) {
            throw new ProblemException(
                    Kind.TOO_MANY,
                    "This conversation is full",
                    "It has " + turns.size() + " questions, as many as it may have. Start a new one.");
        }
        Prompt prompt = prompt(question);
        Turn turn = new Turn(question, unseenDocuments(), answers);
        turns.add(turn);
        return new Opened(turn, prompt);
    }

    synchronized void withdraw(Turn turn) {
        turns.remove(turn);
    }

    private void checkNotWriting() {
        if (isWriting()) {
            throw new ProblemException(
                    Kind.CONFLICT, "An answer is still being written", "Wait until it is complete, or stop it first.");
        }
    }

    synchronized boolean isWriting() {
        return answers().stream().anyMatch(answer -> !answer.ended());
    }

    synchronized List<Answer> answers() {
        return turns.stream().flatMap(turn -> turn.answers().stream()).toList();
    }

    private List<Document> unseenDocuments() {
        List<Document> unseen = new ArrayList<>(documents);
        turns.forEach(turn -> unseen.removeAll(turn.documents()));
        return List.copyOf(unseen);
    }

    /**
     * What stands before the next question.
     *
     * @param answered questions, each with the documents that were new with it, and their answers
     * @param pending documents that come with the next question
     * @param documents all of them in their order, with what was said before each
     */
    private record Before(List<ChatMessage> answered, List<Document> pending, Map<Document, String> documents) {}

    /**
     * What was never answered is left out, and its documents come with the next question: models expect questions and
     * answers to alternate.
     */
    private Before before() {
        List<ChatMessage> answered = new ArrayList<>();
        List<Document> pending = new ArrayList<>();
        Map<Document, String> documentsInOrder = new LinkedHashMap<>();
        StringBuilder said = new StringBuilder();
        for (Turn turn : turns) {
            pending.addAll(turn.documents());
            String answer = turn.answers().get(0).text();
            if (!answer.isBlank()) {
                answered.add(message(pending, Optional.of(turn.question())));
                answered.add(AiMessage.from(answer));
                pending.forEach(document -> documentsInOrder.put(document, said.toString()));
                pending.clear();
                said.append(turn.question()).append(answer);
            }
        }
        pending.addAll(unseenDocuments());
        pending.forEach(document -> documentsInOrder.put(document, said.toString()));
        return new Before(answered, pending, documentsInOrder);
    }

    private Prompt prompt(String question) {
        Before before = before();
        List<ChatMessage> messages = new ArrayList<>(before.answered());
        messages.add(message(before.pending(), Optional.of(question)));
        return new Prompt(
                List.copyOf(messages),
                before.documents().keySet().stream()
                        .filter(document -> document.text().length() > LongTextSelector.DEFAULT_SHORT_CHARACTERS)
                        .toList());
    }

    /**
     * What the next question will be asked behind.
     *
     * @param messages without that question
     * @param documents in their order, with what was said before each of them
     */
    public record Context(List<ChatMessage> messages, Map<Document, String> documents) {}

    /** As it stands now. */
    public synchronized Context context() {
        Before before = before();
        List<ChatMessage> messages = new ArrayList<>(before.answered());
        if (!before.pending().isEmpty()) {
            messages.add(message(before.pending(), Optional.empty()));
        }
        return new Context(List.copyOf(messages), before.documents());
    }

    private static UserMessage message(List<Document> documents, Optional<String> question) {
        List<Content> contents = new ArrayList<>();
        documents.forEach(document -> contents.add(TextContent.from(document.text())));
        question.map(TextContent::from).ifPresent(contents::add);
        return UserMessage.from(contents);
    }

    synchronized void used(Instant now) {
        lastUsed = now;
    }

    synchronized boolean unusedSince(Instant then) {
        return lastUsed.isBefore(then) && !isWriting();
    }

    synchronized boolean isEmpty() {
        return documents.isEmpty() && turns.isEmpty();
    }

    synchronized Instant lastUsed() {
        return lastUsed;
    }

    synchronized long tokens() {
        return documents.stream().mapToLong(Document::tokens).sum();
    }

    synchronized long characters() {
        return documents.stream()
                .mapToLong(document -> document.text().length())
                .sum();
    }
}

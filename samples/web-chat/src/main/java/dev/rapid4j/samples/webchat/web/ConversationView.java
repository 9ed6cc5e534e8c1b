package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.decoding.Mode;
import dev.rapid4j.samples.webchat.chat.Answer;
import dev.rapid4j.samples.webchat.chat.AnswerEvent;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Done;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Failed;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Passages;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Queued;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Stopped;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text;
import dev.rapid4j.samples.webchat.chat.Conversation;
import dev.rapid4j.samples.webchat.chat.Document;
import java.util.ArrayList;
import java.util.List;

/** A conversation as it stands, with all that a page needs to show it again. */
record ConversationView(String id, List<DocumentView> documents, List<TurnView> turns) {

    static ConversationView of(Conversation conversation) {
        return new ConversationView(
                conversation.id(),
                conversation.documents().stream().map(DocumentView::of).toList(),
                conversation.turns().stream()
                        .map(turn -> new TurnView(
                                turn.question(),
                                turn.answers().stream().map(AnswerView::of).toList()))
                        .toList());
    }

    record DocumentView(String id, String name, int characters, int tokens) {

        static DocumentView of(Document document) {
            return new DocumentView(
                    document.id(), document.name(), document.text().length(), document.tokens());
        }
    }

    record TurnView(String question, List<AnswerView> answers) {}

    /**
     * An answer as far as it has come.
     *
     * @param mode as asked for
     * @param pieces of text; neighbours differ in where they come from
     * @param passages null if there were none
     * @param result data of the event that ended it; null while it is written
     * @param lastEventId number of the last event that is in here
     */
    record AnswerView(
            String id,
            Mode mode,
            State state,
            List<Text> pieces,
            List<Passages.Passage> passages,
            Object result,
            int lastEventId) {

        enum State {
            queued,
            running,
            done,
            stopped,
            failed
        }

        static AnswerView of(Answer answer) {
            List<AnswerEvent> events = answer.events();
            AnswerEvent last = events.isEmpty() ? new Queued(0) : events.get(events.size() - 1);
            return new AnswerView(
                    answer.id(),
                    answer.settings().mode(),
                    state(last),
                    pieces(events),
                    events.stream()
                            .filter(Passages.class::isInstance)
                            .map(event -> ((Passages) event).passages())
                            .findFirst()
                            .orElse(null),
                    last instanceof AnswerEvent.Last ? EventData.data(last) : null,
                    events.size());
        }

        private static State state(AnswerEvent last) {
            if (last instanceof Queued) {
                return State.queued;
            } else if (last instanceof Done) {
                return State.done;
            } else if (last instanceof Stopped) {
                return State.stopped;
            } else if (last instanceof Failed) {
                return State.failed;
            }
            return State.running;
        }

        private static List<Text> pieces(List<AnswerEvent> events) {
            List<Text> pieces = new ArrayList<>();
            StringBuilder piece = new StringBuilder();
            boolean drafted = false;
            for (AnswerEvent event : events) {
                if (event instanceof Text text) {
                    if (text.drafted() != drafted && !piece.isEmpty()) {
                        pieces.add(new Text(piece.toString(), drafted));
                        piece.setLength(0);
                    }
                    drafted = text.drafted();
                    piece.append(text.text());
                }
            }
            if (!piece.isEmpty()) {
                pieces.add(new Text(piece.toString(), drafted));
            }
            return pieces;
        }
    }
}

package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.Mode;
import dev.rapid4j.samples.webchat.chat.Answer;
import dev.rapid4j.samples.webchat.chat.Answer.Logged;
import dev.rapid4j.samples.webchat.chat.AnswerEvent;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Done;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Failed;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Last;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Passages;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Progress;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Queued;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Started;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Stopped;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Text;
import dev.rapid4j.samples.webchat.chat.AnswerEvent.Thinking;
import dev.rapid4j.samples.webchat.chat.Conversation;
import dev.rapid4j.samples.webchat.chat.Document;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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
     * @param startedAt milliseconds after the question; null while it waits
     * @param passages null if there were none
     * @param thinking what the model thought before it answered; null if it did not
     * @param figures data of the latest progress; null before the first round
     * @param result data of the event that ended it; null while it is written
     * @param lastEventId number of the last event that is in here
     */
    record AnswerView(
            String id,
            Mode mode,
            State state,
            Long startedAt,
            List<Passages.Passage> passages,
            String thinking,
            List<Text.Piece> pieces,
            Progress figures,
            EventData result,
            int lastEventId) {

        enum State {
            queued,
            running,
            done,
            stopped,
            failed
        }

        static AnswerView of(Answer answer) {
            List<Logged> events = answer.events();
            Optional<Logged> last = events.isEmpty() ? Optional.empty() : Optional.of(events.get(events.size() - 1));
            return new AnswerView(
                    answer.id(),
                    answer.settings().mode(),
                    last.map(logged -> state(logged.event())).orElse(State.queued),
                    events.stream()
                            .filter(logged -> logged.event() instanceof Started)
                            .map(logged -> logged.at().toMillis())
                            .findFirst()
                            .orElse(null),
                    all(events, Passages.class)
                            .map(Passages::passages)
                            .findFirst()
                            .orElse(null),
                    all(events, Thinking.class)
                            .map(Thinking::text)
                            .reduce(String::concat)
                            .orElse(null),
                    all(events, Text.class)
                            .flatMap(text -> text.pieces().stream())
                            .toList(),
                    all(events, Progress.class)
                            .reduce((earlier, later) -> later)
                            .orElse(null),
                    last.filter(logged -> logged.event() instanceof Last)
                            .map(EventData::of)
                            .orElse(null),
                    events.size());
        }

        private static <T extends AnswerEvent> Stream<T> all(List<Logged> events, Class<T> kind) {
            return events.stream().map(Logged::event).filter(kind::isInstance).map(kind::cast);
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
    }
}

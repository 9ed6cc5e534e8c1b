package dev.rapid4j.samples.webchat.documents;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.rapid4j.samples.webchat.chat.Conversation;
import dev.rapid4j.samples.webchat.chat.Document;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** Which documents the model has read, so that a question about them is answered at once. */
public final class ReadDocuments {

    /** The beginning of a prompt, which is read with any document, may be as long as a shorter one. */
    private static final int LEAST_TOKENS = 128;

    /** On a disk are only whole blocks of so many tokens. */
    private static final int BLOCK = 256;

    /** Tokens by which a count of texts and one of a conversation differ. */
    private static final int INACCURACY = 8;

    private final ToIntFunction<List<ChatMessage>> tokensRead;
    private final TokenCount tokens;

    /**
     * @param tokensRead how much of a conversation is read; throws a {@link ProblemException} while there is no model
     */
    public ReadDocuments(ToIntFunction<List<ChatMessage>> tokensRead, TokenCount tokens) {
        this.tokensRead = tokensRead;
        this.tokens = tokens;
    }

    /**
     * Those that the conversation's next question would find read, as if it were asked now.
     *
     * @return their ids
     * @throws ProblemException if there is no model
     */
    public List<String> of(Conversation conversation) {
        Conversation.Context context = conversation.context();
        List<String> read = new ArrayList<>();
        if (!context.documents().isEmpty()) {
            int known = tokensRead(context.messages());
            long end = 0;
            for (Map.Entry<Document, String> place : context.documents().entrySet()) {
                Document document = place.getKey();
                end += document.tokens();
                int missing = known % BLOCK == 0 ? Math.min(BLOCK, document.tokens() / 4) : INACCURACY;
                if (document.tokens() >= LEAST_TOKENS && known >= end + tokens.of(place.getValue()) - missing) {
                    read.add(document.id());
                }
            }
        }
        return read;
    }

    private int tokensRead(List<ChatMessage> messages) {
        try {
            return tokensRead.applyAsInt(messages);
        } catch (LangChain4jException e) {
            // too long to be read, say
            return 0;
        }
    }
}

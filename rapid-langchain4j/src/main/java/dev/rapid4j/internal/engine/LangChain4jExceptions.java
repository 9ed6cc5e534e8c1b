package dev.rapid4j.internal.engine;

import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.internal.decoding.RequestTooLargeException;
import dev.rapid4j.internal.tokenizer.UnreadableTextException;
import java.time.Duration;

/** What goes wrong, as the exceptions that LangChain4j has for it. */
public final class LangChain4jExceptions {

    private LangChain4jExceptions() {}

    static RuntimeException of(Throwable failure) {
        if (failure instanceof LangChain4jException known) {
            return known;
        }
        if (failure instanceof RequestTooLargeException
                || failure instanceof ChatTemplateException
                || failure instanceof UnreadableTextException) {
            return new InvalidRequestException(failure.getMessage(), failure);
        }
        boolean tellsItself = failure instanceof Exception && failure.getMessage() != null;
        return new InternalServerException(
                "The request failed: " + (tellsItself ? failure.getMessage() : failure), failure);
    }

    static RuntimeException closed() {
        return new NonRetriableException("The engine is closed; build a new one");
    }

    static RuntimeException queueFull(int waiting) {
        return new RateLimitException("The engine is busy and " + waiting + " requests are waiting, as many as"
                + " maxQueuedRequests allows; try again later");
    }

    public static RuntimeException timeout(Duration timeout) {
        return new TimeoutException("The request did not end within its timeout of " + timeout
                + ", waiting for other requests included; allow more time or ask for less");
    }

    public static RuntimeException interrupted(InterruptedException e) {
        return new LangChain4jException("The thread was interrupted while it waited for the answer", e);
    }
}

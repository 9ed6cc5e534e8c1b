package dev.rapid4j.internal.answer;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.rapid4j.TokenSource;

/** Hears an answer as it comes. */
public interface AnswerListener {

    /**
     * Text that is certain: it ends between two characters, and nothing else can begin in it.
     *
     * @param text never empty
     * @param source where the token comes from that completes it
     */
    default void onText(String text, TokenSource source) {}

    /** @param text never empty */
    default void onThinking(String text) {}

    /**
     * A piece of a call's arguments.
     *
     * @param index of the call in the answer
     * @param arguments never empty
     */
    default void onPartialCall(int index, String id, String tool, String arguments) {}

    /** @param index of the call in the answer */
    default void onCall(int index, ToolExecutionRequest call) {}

    /** The same, but that nobody hears of thinking. */
    default AnswerListener withoutThinking() {
        AnswerListener all = this;
        return new AnswerListener() {
            @Override
            public void onText(String text, TokenSource source) {
                all.onText(text, source);
            }

            @Override
            public void onPartialCall(int index, String id, String tool, String arguments) {
                all.onPartialCall(index, id, tool, arguments);
            }

            @Override
            public void onCall(int index, ToolExecutionRequest call) {
                all.onCall(index, call);
            }
        };
    }

    AnswerListener NONE = new AnswerListener() {};
}

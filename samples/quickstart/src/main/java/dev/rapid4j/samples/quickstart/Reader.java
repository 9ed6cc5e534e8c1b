package dev.rapid4j.samples.quickstart;

import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;

/** An ordinary AI service: the whole text goes into the prompt, the question behind it. */
interface Reader {

    @UserMessage("{{text}}\n\n{{question}}")
    TokenStream answer(@V("text") String text, @V("question") String question);

    @UserMessage("{{text}}\n\n{{question}} Answer in one short sentence, from what the text says.")
    TokenStream answerInASentence(@V("text") String text, @V("question") String question);
}

package dev.rapid4j.samples.quickstart;

import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;

/** An ordinary AI service: the whole register goes into the prompt, the question behind it. */
interface Registrar {

    @UserMessage("{{register}}\n\n{{question}}")
    TokenStream answer(@V("register") String register, @V("question") String question);
}

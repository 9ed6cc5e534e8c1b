package dev.rapid4j.samples.ask;

import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;

/** The document stands first, so that a later question finds it read. */
interface Reader {

    @UserMessage("{{document}}\n\n{{question}}")
    TokenStream answer(@V("document") String document, @V("question") String question);
}

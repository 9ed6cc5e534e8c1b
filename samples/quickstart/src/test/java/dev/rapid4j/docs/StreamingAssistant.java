package dev.rapid4j.docs;

import dev.langchain4j.service.TokenStream;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;

interface StreamingAssistant {

    @UserMessage("{{document}}\n\n{{question}}")
    TokenStream answer(@V("document") String document, @V("question") String question);
}

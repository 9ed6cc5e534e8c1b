package dev.rapid4j.docs;

import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;

interface Assistant {

    @UserMessage("{{document}}\n\n{{question}}")
    String answer(@V("document") String document, @V("question") String question);
}

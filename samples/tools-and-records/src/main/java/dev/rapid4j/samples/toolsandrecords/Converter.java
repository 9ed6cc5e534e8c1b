package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.service.Result;

/** Answers with what its tools return: a model of this size tends to call again instead of saying it. */
interface Converter {

    Result<String> answer(String question);
}

package dev.rapid4j.samples.documentstore;

import dev.langchain4j.service.Result;

/** An ordinary AI service; where the documents come from is none of its business. */
interface Librarian {

    Result<String> answer(String question);
}

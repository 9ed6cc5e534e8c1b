package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;

/** What it returns is what the model is held to. */
interface LeaseReader {

    @UserMessage("{{lease}}\n\nRead the essential points of this lease.")
    Lease read(@V("lease") String lease);
}

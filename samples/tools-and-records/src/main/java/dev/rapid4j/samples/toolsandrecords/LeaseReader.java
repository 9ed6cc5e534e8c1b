package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;

/**
 * Two ordinary AI services in one: what they return, and the tools they are given, is all that makes the difference.
 */
interface LeaseReader {

    @UserMessage("{{lease}}\n\nRead the essential points of this lease.")
    Lease read(@V("lease") String lease);

    @UserMessage("{{lease}}\n\n{{question}}")
    String answer(@V("lease") String lease, @V("question") String question);
}

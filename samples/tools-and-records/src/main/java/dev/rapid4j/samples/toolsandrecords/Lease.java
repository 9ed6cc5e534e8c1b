package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.model.output.structured.Description;
import java.time.LocalDate;

/** What is wanted of a lease; the model's answer has just these properties, in this order. */
record Lease(
        String landlord,
        String tenant,
        @Description("of the flat that is let") String address,
        LocalDate begins,
        LocalDate ends,
        @Description("in euros, without running costs") int monthlyRent,
        @Description("in euros") int deposit,
        @Description("whether dogs may be kept") boolean dogsAllowed) {}

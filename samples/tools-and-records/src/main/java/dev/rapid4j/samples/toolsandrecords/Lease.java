package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.model.output.structured.Description;
import java.time.LocalDate;

/** What is wanted of a lease; the model's answer has just these properties, in this order. */
record Lease(
        String landlord,
        String tenant,
        @Description("where the flat is that is let") String addressOfTheFlat,
        @Description("of the flat") int squareMetres,
        LocalDate begins,
        LocalDate ends,
        @Description("in euros, without running costs") int monthlyRent,
        @Description("in euros") int deposit) {}

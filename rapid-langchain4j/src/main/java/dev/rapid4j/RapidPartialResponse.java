package dev.rapid4j;

import dev.langchain4j.model.chat.response.PartialResponse;

/**
 * A piece of a streamed answer that also tells which model it comes from. It is what {@link RapidStreamingChatModel}
 * passes to {@code onPartialResponse(PartialResponse, PartialResponseContext)} of a handler, and so to
 * {@code TokenStream.onPartialResponseWithContext}.
 */
public class RapidPartialResponse extends PartialResponse {

    private final boolean drafted;

    /**
     * @param text not empty
     * @param drafted whether the drafter proposed it
     */
    public RapidPartialResponse(String text, boolean drafted) {
        super(text);
        this.drafted = drafted;
    }

    /** Whether the drafter proposed this text and the target accepted it; otherwise the target chose it. */
    public boolean drafted() {
        return drafted;
    }

    @Override
    public boolean equals(Object o) {
        return super.equals(o) && drafted == ((RapidPartialResponse) o).drafted;
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + Boolean.hashCode(drafted);
    }

    @Override
    public String toString() {
        return "RapidPartialResponse{text='" + text() + "', drafted=" + drafted + "}";
    }
}

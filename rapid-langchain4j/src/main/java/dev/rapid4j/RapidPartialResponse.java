package dev.rapid4j;

import dev.langchain4j.model.chat.response.PartialResponse;
import java.util.Objects;

/**
 * A piece of a streamed answer that also tells where it comes from. It is what {@link RapidStreamingChatModel} passes
 * to {@code onPartialResponse(PartialResponse, PartialResponseContext)} of a handler, and so to
 * {@code TokenStream.onPartialResponseWithContext}.
 */
public class RapidPartialResponse extends PartialResponse {

    private final TokenSource source;

    /**
     * @param text not empty
     * @param source where the token comes from that completes it
     */
    public RapidPartialResponse(String text, TokenSource source) {
        super(text);
        this.source = Objects.requireNonNull(source, "source");
    }

    /** Whether the target chose this text, or accepted it as it was proposed. */
    public TokenSource source() {
        return source;
    }

    @Override
    public boolean equals(Object o) {
        return super.equals(o) && source == ((RapidPartialResponse) o).source;
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + source.hashCode();
    }

    @Override
    public String toString() {
        return "RapidPartialResponse{text='" + text() + "', source=" + source + "}";
    }
}

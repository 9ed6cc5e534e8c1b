package dev.rapid4j.samples.webchat;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What the web chat keeps and for how long, and who may use it.
 *
 * @param bundledModels whether the bundled models are used where {@code langchain4j.rapid.target} is not set
 * @param allowedHosts names under which browsers may reach the application, besides localhost and addresses in numbers
 * @param maxConversations conversations kept at a time
 * @param maxDocuments documents of a conversation
 * @param maxQuestions questions of a conversation
 * @param maxTokens tokens of all documents of a conversation together
 * @param maxCharacters characters of all documents of all users together
 * @param maxOutputTokens most tokens that may be asked for in one answer
 * @param maxListeners streams of events that are open at a time
 * @param expiry a conversation that nobody uses is forgotten after this time
 * @param listenerGrace an answer that nobody listens to is stopped after this time
 * @param pdf limits for reading PDF files
 */
@Validated
@ConfigurationProperties("web-chat")
public record WebChatProperties(
        @DefaultValue("true") boolean bundledModels,
        @DefaultValue List<String> allowedHosts,
        @DefaultValue("100") @Min(1) int maxConversations,
        @DefaultValue("10") @Min(1) int maxDocuments,
        @DefaultValue("100") @Min(1) int maxQuestions,
        @DefaultValue("2000000") @Min(1) int maxTokens,
        @DefaultValue("200000000") @Min(1) long maxCharacters,
        @DefaultValue("2048") @Min(1) @Max(100_000) int maxOutputTokens,
        @DefaultValue("256") @Min(1) int maxListeners,
        @DefaultValue("30m") @NotNull Duration expiry,
        @DefaultValue("15s") @NotNull Duration listenerGrace,
        @DefaultValue @Valid Pdf pdf) {

    /**
     * PDF files are read by a process of their own.
     *
     * @param heap most memory of that process
     * @param timeout longest time it may take for one file
     */
    public record Pdf(
            @DefaultValue("512MB") @NotNull DataSize heap,
            @DefaultValue("60s") @NotNull Duration timeout) {}
}

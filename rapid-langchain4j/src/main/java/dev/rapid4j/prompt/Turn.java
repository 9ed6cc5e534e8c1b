package dev.rapid4j.prompt;

/**
 * One message as a chat template sees it. The content is plain text; nothing in it is ever a template or a control
 * token.
 *
 * @param role {@code system}, {@code user} or {@code assistant}
 * @param content the text, empty only for an assistant that had nothing to say
 */
public record Turn(String role, String content) {}

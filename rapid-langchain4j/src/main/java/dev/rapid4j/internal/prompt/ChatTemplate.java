package dev.rapid4j.internal.prompt;

import dev.rapid4j.internal.tokenizer.TextSpan;
import dev.rapid4j.prompt.jinja.Template;
import dev.rapid4j.prompt.jinja.Template.Trusted;
import dev.rapid4j.prompt.jinja.TemplateError;
import java.time.Clock;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A checkpoint's chat template, rendered as transformers' {@code apply_chat_template} does.
 *
 * <p>What the template itself writes, the model's special tokens and the roles of messages are trusted; everything else
 * that comes in with messages and variables is not, whatever the template does with it. Numbers and the like print as
 * trusted text, which their characters cannot misuse. Immutable and safe to use from several threads.
 */
public final class ChatTemplate {
    /** The names under which a message's reasoning is passed; the first is the one templates read. */
    private static final List<String> REASONING = List.of("reasoning_content", "thinking", "reasoning");

    private final Template template;
    private final Map<String, Trusted> specialTokens;

    private ChatTemplate(Template template, Map<String, Trusted> specialTokens) {
        this.template = template;
        this.specialTokens = specialTokens;
    }

    /**
     * Parses a template.
     *
     * @param specialTokens the tokens templates may ask for, by name: {@code bos_token}, {@code eos_token} ...
     * @throws ChatTemplateException if the template cannot be read; the message names the line
     */
    public static ChatTemplate parse(String source, Map<String, String> specialTokens) {
        Map<String, Trusted> trusted = new LinkedHashMap<>();
        specialTokens.forEach((name, token) -> {
            // a token the tokenizer does not have is undefined in the template
            if (token != null) {
                trusted.put(name, new Trusted(token));
            }
        });
        try {
            return new ChatTemplate(Template.parse(source), Collections.unmodifiableMap(trusted));
        } catch (TemplateError e) {
            throw failure("The chat template cannot be read", e);
        }
    }

    /**
     * Renders a conversation. Neighbouring spans differ in trust.
     *
     * @param addGenerationPrompt whether to end with the opening of the assistant's answer
     * @param variables what else the template may ask for, such as {@code enable_thinking} or {@code tools}; strings,
     *     numbers, booleans, null, and collections and maps of such
     * @param clock the time and zone for templates that write today's date
     * @throws ChatTemplateException if the template fails or refuses the conversation
     */
    public List<TextSpan> render(
            List<Message> messages, boolean addGenerationPrompt, Map<String, ?> variables, Clock clock) {
        Map<String, Object> all = new LinkedHashMap<>(specialTokens);
        all.put("tools", null);
        all.put("documents", null);
        all.putAll(variables);
        all.put("messages", messages.stream().map(Message::toMap).toList());
        all.put("add_generation_prompt", addGenerationPrompt);
        try {
            return template.render(all, clock);
        } catch (TemplateError e) {
            throw failure("The chat template cannot render the conversation", e);
        }
    }

    private static ChatTemplateException failure(String what, TemplateError error) {
        String where = error.line() > 0 ? " (line " + error.line() + ")" : "";
        return new ChatTemplateException(what + where + ": " + error.getMessage(), error);
    }

    /**
     * One message of a conversation.
     *
     * @param role the role, which is trusted: it must come from the application, not from a user
     * @param content the text; null if there is none
     * @param extra what else the template may ask for: {@code tool_calls}, {@code name}, {@code tool_call_id} ...
     */
    public record Message(String role, String content, Map<String, ?> extra) {
        public Message {
            Objects.requireNonNull(role, "role");
            extra = Collections.unmodifiableMap(new LinkedHashMap<>(extra));
        }

        public Message(String role, String content) {
            this(role, content, Map.of());
        }

        private Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("role", new Trusted(role));
            if (content != null) {
                map.put("content", content);
            }
            map.putAll(extra);
            Object reasoning = REASONING.stream()
                    .<Object>map(extra::get)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
            if (reasoning == null) {
                return map;
            }
            Map<String, Object> aliased = new LinkedHashMap<>();
            aliased.put("thinking", reasoning);
            aliased.putAll(map);
            aliased.put("reasoning_content", reasoning);
            return aliased;
        }
    }
}

package dev.rapid4j.chattemplate;

import java.time.Clock;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The chat template of a Hugging Face checkpoint, rendered as transformers' {@code apply_chat_template} does
 * ({@code transformers/utils/chat_template_utils.py}: Jinja in its immutable sandbox, with {@code trim_blocks} and
 * {@code lstrip_blocks}, loop controls, {@code generation} blocks, {@code raise_exception}, {@code strftime_now} and
 * its own {@code tojson}). What templates can say is told in <a
 * href="https://jinja.palletsprojects.com/en/stable/templates/">Jinja's documentation</a>; other files
 * ({@code include}, {@code import}, {@code extends}), blocks and extensions are refused.
 *
 * <p>Neither templates nor messages are trusted. A template sees nothing but its variables: no Java objects, no files,
 * no network. Its work is bounded: texts of 2<sup>25</sup> characters, lists of 2<sup>19</sup> items, ranges of 100,000
 * numbers, 400 nested calls, and a number of steps that grows with the length of the conversation. Each character of
 * the result tells whether it comes from the template or from a value.
 *
 * <p>Immutable and safe to use from several threads.
 */
public final class ChatTemplate {
    private static final int MAX_SOURCE = 1 << 20;

    private final List<Statement> body;
    private final Set<String> variables;
    private final Map<String, Trusted> specialTokens;
    private final Clock clock;

    private ChatTemplate(List<Statement> body, Set<String> variables, Map<String, Trusted> specialTokens, Clock clock) {
        this.body = body;
        this.variables = variables;
        this.specialTokens = specialTokens;
        this.clock = clock;
    }

    /**
     * Parses a template that asks for no special tokens.
     *
     * @throws ChatTemplateException as {@link #parse(String, Map)} does
     */
    public static ChatTemplate parse(String source) {
        return parse(source, Map.of());
    }

    /**
     * Parses a template.
     *
     * @param source the text of {@code chat_template.jinja}, or of {@code chat_template} in
     *     {@code tokenizer_config.json}; at most 2<sup>20</sup> characters
     * @param specialTokens the tokens templates may ask for, by name: {@code bos_token}, {@code eos_token} ... They are
     *     trusted; one that is null is undefined in the template
     * @throws ChatTemplateException if the source is no Jinja, uses what is not supported, or is too long or too deeply
     *     nested; the message names the line
     */
    public static ChatTemplate parse(String source, Map<String, String> specialTokens) {
        Map<String, Trusted> trusted = new LinkedHashMap<>();
        specialTokens.forEach((name, token) -> {
            if (token != null) {
                trusted.put(name, new Trusted(token));
            }
        });
        try {
            Parser parser = parser(source);
            List<Statement> body = parseBody(parser);
            return new ChatTemplate(
                    body,
                    Set.copyOf(parser.askedNames()),
                    Collections.unmodifiableMap(trusted),
                    Clock.systemDefaultZone());
        } catch (TemplateError e) {
            throw new ChatTemplateException("The chat template cannot be read", e);
        }
    }

    private static Parser parser(String source) {
        if (source.length() > MAX_SOURCE) {
            throw new TemplateError("the template is longer than " + MAX_SOURCE + " characters");
        }
        return new Parser(Lexer.tokenize(source));
    }

    private static List<Statement> parseBody(Parser parser) {
        try {
            return parser.parse();
        } catch (StackOverflowError e) {
            throw new TemplateError("the template is nested too deeply");
        }
    }

    /**
     * The names that the template asks for: those of variables it may be given ({@code messages}, {@code tools},
     * {@code enable_thinking} ...), with those of loops, macros and functions of its own. A name that the template sets
     * itself before it asks for it, whatever happens, is not among them.
     */
    public Set<String> variables() {
        return variables;
    }

    /** The same template with other time and zone for {@code strftime_now}; by default those of the system. */
    public ChatTemplate withClock(Clock clock) {
        return new ChatTemplate(body, variables, specialTokens, Objects.requireNonNull(clock, "clock"));
    }

    /**
     * Renders a conversation.
     *
     * <p>Messages and variables hold strings, {@link Trusted} strings, texts of which parts are trusted (as
     * {@link RenderedChat}), numbers, booleans, null, and collections and maps of such, nested at most 100 deep.
     * Numbers, booleans and null print as trusted text: what they print can be no control token.
     *
     * @param messages the template's {@code messages}, mostly with {@code role} and {@code content}
     * @param variables what else the template may ask for: {@code add_generation_prompt} (whether to end with the
     *     opening of the assistant's answer), {@code tools}, {@code documents}, {@code enable_thinking} ... As in
     *     transformers, the first is false and the next two are none unless given. Where one has the name of a special
     *     token, it takes its place
     * @throws ChatTemplateException if the template fails, refuses the conversation or does too much work, or if a
     *     variable holds anything else; the message names the line or the variable
     */
    public RenderedChat render(List<? extends Map<String, ?>> messages, Map<String, ?> variables) {
        Map<String, Object> all = new LinkedHashMap<>(specialTokens);
        all.put("tools", null);
        all.put("documents", null);
        all.put("add_generation_prompt", false);
        all.putAll(variables);
        all.put("messages", messages);
        try {
            Budget budget = new Budget();
            Map<String, Value> values = new LinkedHashMap<>();
            all.forEach((name, value) -> values.put(name, new Conversion(budget, name).convert(value)));
            return new RenderedChat(
                    new Interpreter(budget, clock, values).render(body).spans());
        } catch (TemplateError e) {
            throw new ChatTemplateException("The chat template cannot render the conversation", e);
        }
    }

    /**
     * A string that counts as the template's own, to stand wherever a string can: a role that the application chose, or
     * a token that a variable names. Never wrap what users or documents say.
     */
    public record Trusted(String text) {
        public Trusted {
            Objects.requireNonNull(text, "text");
        }
    }
}

package dev.rapid4j.internal.prompt;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.rapid4j.chattemplate.ChatTemplate;
import dev.rapid4j.chattemplate.ChatTemplateException;
import dev.rapid4j.chattemplate.RenderedChat;
import dev.rapid4j.internal.answer.ThinkingForm;
import dev.rapid4j.internal.text.Turn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint's chat template, or the two that it has with and without tools: what they are given, and what stands in
 * for what they have no place for ({@link TemplateMessages}).
 */
public final class PromptTemplate {

    private final Form plain;
    private final Form withTools;
    private final Map<String, Object> variables;
    private final ToolTexts texts;

    /** A template, and what it has a place for. */
    private record Form(ChatTemplate template, TemplateTraits traits) {

        static Form of(ChatTemplate template, Map<String, Object> variables) {
            return new Form(template, TemplateTraits.of(template, variables));
        }
    }

    /**
     * @param template for conversations without tools
     * @param toolTemplate for those with tools, if they have one of their own
     * @param variables what templates are given besides
     * @param texts for what they have no place for
     */
    public PromptTemplate(
            ChatTemplate template,
            Optional<ChatTemplate> toolTemplate,
            Map<String, Object> variables,
            ToolTexts texts) {
        this.variables = variables;
        this.texts = texts;
        this.plain = Form.of(template, variables);
        this.withTools = toolTemplate.map(other -> Form.of(other, variables)).orElse(plain);
    }

    /** Whether a template tells the model of tools, so that the system message need not. */
    public boolean tellsOfTools() {
        return withTools.traits().tools().isPresent();
    }

    /** Whether a template can be told whether the model is to think. */
    public boolean hasThinkingSwitch() {
        return plain.traits().thinkingSwitch().isPresent();
    }

    /**
     * Writes a conversation, and the opening of the answer. If the assistant's is the last turn, and text alone, the
     * answer goes on from there, as with transformers' {@code continue_final_message}: the prompt ends with that text.
     *
     * @throws ChatTemplateException if the template refuses the conversation
     * @throws InvalidRequestException if the template leaves out the text that the answer is to go on from
     * @throws UnsupportedFeatureException if the model is to think, or not to, and the template cannot tell it so
     */
    public RenderedChat render(List<Turn> conversation, PromptOptions options) {
        List<Turn> turns = options.told(conversation);
        Form form = options.tools().isEmpty() ? plain : withTools;
        Map<String, Object> given = given(form.traits(), options);
        TemplateMessages messages = new TemplateMessages(form.traits(), texts, options);
        boolean started = turns.get(turns.size() - 1).isTextOf(Turn.ASSISTANT);
        given.put("add_generation_prompt", !started);
        if (started) {
            StartedAnswer answer = StartedAnswer.of(turns);
            return answer.cut(render(form, messages.of(answer.marked()), given));
        }
        RenderedChat chat = render(form, messages.of(turns), given);
        if (options.thinking().equals(Optional.of(false))
                && form.traits().thinkingSwitch().isEmpty()
                && ThinkingForm.isOpen(opening(chat))) {
            throw withoutSwitch("begins each answer with thinking");
        }
        return chat;
    }

    private static RenderedChat render(Form form, List<Map<String, Object>> messages, Map<String, Object> given) {
        try {
            return form.template().render(messages, given);
        } catch (ChatTemplateException e) {
            if (form.traits().needsTools()
                    && !given.containsKey(form.traits().tools().orElseThrow())) {
                throw new ChatTemplateException(
                        e.getMessage()
                                + ". The model's chat template is for conversations with tools alone, in transformers,"
                                + " too: give toolSpecifications, or put the publisher's chat_template.jinja beside the"
                                + " model",
                        e.line());
            }
            throw e;
        }
    }

    /**
     * Checks what is to be said besides a conversation, before there is one.
     *
     * @throws UnsupportedFeatureException as {@link #render}
     */
    public void check(PromptOptions options) {
        try {
            render(List.of(new Turn(Turn.USER, "Hello")), options);
        } catch (ChatTemplateException e) {
            // it may take other conversations
        }
    }

    private Map<String, Object> given(TemplateTraits traits, PromptOptions options) {
        Map<String, Object> given = new LinkedHashMap<>(variables);
        if (!options.tools().isEmpty()) {
            traits.tools().ifPresent(name -> given.put(name, ToolVariable.of(options.tools())));
        }
        if (options.thinking().isPresent()) {
            traits.thinkingSwitch()
                    .ifPresentOrElse(name -> given.put(name, options.thinking().get()), () -> {
                        if (options.thinking().get()) {
                            throw withoutSwitch("cannot ask for it");
                        }
                    });
        }
        return given;
    }

    private static UnsupportedFeatureException withoutSwitch(String what) {
        return new UnsupportedFeatureException(
                "The model's chat template has no switch for thinking (enable_thinking or" + " thinking) and " + what
                        + "; leave 'thinking' out, or take a model that has one");
    }

    /** What the template wrote behind all that came from outside; empty if the prompt ends with a started answer. */
    public static String opening(RenderedChat chat) {
        List<RenderedChat.Span> spans = chat.spans();
        if (spans.isEmpty() || !spans.get(spans.size() - 1).trusted()) {
            return "";
        }
        return spans.get(spans.size() - 1).text();
    }
}

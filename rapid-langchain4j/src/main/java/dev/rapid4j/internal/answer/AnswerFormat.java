package dev.rapid4j.internal.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.rapid4j.internal.grammar.GrammarCompiler;
import dev.rapid4j.internal.grammar.GrammarState;
import dev.rapid4j.internal.grammar.Rule;
import dev.rapid4j.internal.tokenizer.TokenSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the answers of a model look like: how it thinks, and how it calls tools.
 *
 * <p>Safe to use from several threads.
 */
public final class AnswerFormat {

    /** Requests of an application mostly have the same tools and formats. */
    private static final int PLANS = 16;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final AnswerVocabulary vocabulary;
    private final AnswerForm form;
    private final boolean toldByTemplate;
    /** Made when it is needed, as it takes a while. */
    private GrammarCompiler compiler;

    private final Map<AnswerOptions, AnswerPlan> plans = new LinkedHashMap<>(PLANS, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<AnswerOptions, AnswerPlan> eldest) {
            return size() > PLANS;
        }
    };

    /**
     * @param template the chat template's text
     * @param toolTemplate the text of the one for conversations with tools, which may be the same
     * @param toldByTemplate whether it tells the model of tools; if not, the system message does, in Hermes' form
     */
    public AnswerFormat(AnswerVocabulary vocabulary, String template, String toolTemplate, boolean toldByTemplate) {
        this.vocabulary = vocabulary;
        this.toldByTemplate = toldByTemplate;
        this.form = AnswerForm.of(template, toolTemplate, toldByTemplate, vocabulary);
    }

    /**
     * Checks what an answer has to be like, and prepares it; quick if it was asked for before.
     *
     * @throws InvalidRequestException if it has to call a tool and there is none, or a schema contradicts itself
     * @throws UnsupportedFeatureException if nothing is known of how the model calls tools, or can be told of them
     * @throws IllegalArgumentException if a schema cannot be enforced
     */
    public AnswerPlan plan(AnswerOptions options) {
        synchronized (plans) {
            AnswerPlan known = plans.get(options);
            if (known != null) {
                return known;
            }
        }
        AnswerPlan plan = prepare(options);
        synchronized (plans) {
            plans.put(options, plan);
        }
        return plan;
    }

    private AnswerPlan prepare(AnswerOptions options) {
        if (options.mustCall() && options.tools().isEmpty()) {
            throw new InvalidRequestException(
                    "toolChoice is REQUIRED, but there are no tools; give toolSpecifications, or leave toolChoice out");
        }
        Optional<Rule> json = jsonRule(options);
        Optional<Calls> calls = options.offered().isEmpty()
                ? Optional.empty()
                : Optional.of(calls(options.offered()).apartFrom(json.map(this::compile)));
        return new AnswerPlan(new Writer(vocabulary, this::compile), form, calls, json, options);
    }

    private synchronized GrammarState compile(Rule rule) {
        if (compiler == null) {
            compiler = new GrammarCompiler(
                    vocabulary.bytes(), TokenSet.of(vocabulary.size(), vocabulary.endTokens()::contains));
        }
        return compiler.compile(rule);
    }

    private Calls calls(List<ToolSpecification> tools) {
        if (form.tools().isEmpty()) {
            throw new UnsupportedFeatureException(
                    toldByTemplate
                            ? "The model's chat template has a place for tools, but how the model calls them is none"
                                    + " of the forms that are read (docs/tools-and-json.md has them); ask without"
                                    + " tools, or take another model"
                            : "The model's answers are divided into channels, but its chat template has no place for"
                                    + " tools, and there is no other way to tell such a model of them; ask without"
                                    + " tools, or put the publisher's chat_template.jinja, which has one, beside the"
                                    + " model");
        }
        Map<String, Arguments> arguments = new LinkedHashMap<>();
        ArgumentsForm written = form.tools().get(0).arguments();
        for (ToolSpecification tool : tools) {
            if (!form.tools().stream().allMatch(each -> each.canName(tool.name()))) {
                throw new InvalidRequestException("The tool name '" + tool.name() + "' holds what ends a name in this"
                        + " model's calls; give it one of letters, digits, _ and -");
            }
            if (vocabulary.parts().apply(tool.name()).stream().anyMatch(Rule.Control.class::isInstance)) {
                throw new InvalidRequestException("The tool name '" + tool.name() + "' holds a control token of this"
                        + " model; give it one of letters, digits, _ and -");
            }
            Parameters.of(schema(tool)).firstUnwritable(written).ifPresent(name -> {
                throw new InvalidRequestException("The parameter name '" + name + "' of the tool '" + tool.name()
                        + "' cannot be written in this model's calls; give it one of letters, digits and _");
            });
            arguments.put(tool.name(), Arguments.of(written, schema(tool)));
        }
        return new Calls(form.tools(), arguments, vocabulary);
    }

    private static JsonNode schema(ToolSpecification tool) {
        if (tool.parameters() == null) {
            return JSON.createObjectNode();
        }
        ObjectNode schema = JSON.valueToTree(JsonSchemaElementUtils.toMap(tool.parameters()));
        if (Boolean.TRUE.equals(tool.parameters().additionalProperties())) {
            schema.put("additionalProperties", true);
        }
        return schema;
    }

    private static Optional<Rule> jsonRule(AnswerOptions options) {
        if (options.responseFormat().type() != ResponseFormatType.JSON) {
            return Optional.empty();
        }
        if (options.responseFormat().jsonSchema() != null
                && options.responseFormat().jsonSchema().rootElement() == null) {
            throw new InvalidRequestException(
                    "The responseFormat's jsonSchema has no rootElement; give it one, or leave"
                            + " jsonSchema out for any JSON object");
        }
        return Optional.of(options.enforcedSchema().<Rule>map(Rule.Schema::new).orElse(Rule.JSON_OBJECT));
    }
}

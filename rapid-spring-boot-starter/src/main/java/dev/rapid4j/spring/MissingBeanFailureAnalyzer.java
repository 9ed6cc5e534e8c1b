package dev.rapid4j.spring;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.rapid4j.RapidEngine;
import java.util.Set;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.analyzer.AbstractInjectionFailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Tells which property is missing if a chat model or the engine is to be injected; before Spring Boot, which cannot.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class MissingBeanFailureAnalyzer extends AbstractInjectionFailureAnalyzer<NoSuchBeanDefinitionException> {

    static final String ACTION =
            "Set " + RapidProperties.TARGET + " to the folder of a Hugging Face checkpoint, a GGUF file, a"
                    + " model of the hub such as Qwen/Qwen2.5-1.5B-Instruct, or one of Ollama's such as"
                    + " ollama:qwen2.5:1.5b; or define a bean of type ChatModel or"
                    + " StreamingChatModel.";

    private static final Set<Class<?>> BEANS =
            Set.of(ChatModel.class, StreamingChatModel.class, RapidEngine.class, RapidEngineLoader.class);

    private final Environment environment;

    MissingBeanFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause, String description) {
        if (cause.getNumberOfBeansFound() > 0
                || cause.getBeanType() == null
                || !BEANS.contains(cause.getBeanType())
                || environment.containsProperty(RapidProperties.TARGET)) {
            return null;
        }
        return new FailureAnalysis(
                "%s required a bean of type '%s', and there is none: %s is not set."
                        .formatted(
                                description == null ? "A component" : description,
                                cause.getBeanType().getName(),
                                RapidProperties.TARGET),
                ACTION,
                cause);
    }
}

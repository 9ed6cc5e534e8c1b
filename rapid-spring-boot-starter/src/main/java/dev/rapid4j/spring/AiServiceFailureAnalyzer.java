package dev.rapid4j.spring;

import dev.langchain4j.service.IllegalConfigurationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Tells which property is missing if an AI service has no chat model. */
final class AiServiceFailureAnalyzer extends AbstractFailureAnalyzer<IllegalConfigurationException> {

    private final Environment environment;

    AiServiceFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, IllegalConfigurationException cause) {
        boolean aboutChatModel = String.valueOf(cause.getMessage()).contains("chatModel");
        if (!aboutChatModel || environment.containsProperty(RapidProperties.TARGET)) {
            return null;
        }
        return new FailureAnalysis(
                "An AI service needs a chat model, and there is none: " + RapidProperties.TARGET + " is not set.",
                MissingBeanFailureAnalyzer.ACTION,
                cause);
    }
}

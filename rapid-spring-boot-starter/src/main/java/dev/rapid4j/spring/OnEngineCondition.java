package dev.rapid4j.spring;

import dev.rapid4j.RapidEngine;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether there is an engine, of the application or to be loaded; its message says which property to set. */
final class OnEngineCondition extends SpringBootCondition implements ConfigurationCondition {

    @Override
    public ConfigurationPhase getConfigurationPhase() {
        return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        ConditionMessage.Builder message = ConditionMessage.forCondition("RAPID engine");
        if (context.getEnvironment().containsProperty(RapidProperties.TARGET)) {
            return ConditionOutcome.match(message.because(RapidProperties.TARGET + " is set"));
        }
        if (context.getBeanFactory().getBeanNamesForType(RapidEngine.class, true, false).length > 0) {
            return ConditionOutcome.match(message.because("the application has one"));
        }
        return ConditionOutcome.noMatch(message.because(RapidProperties.TARGET
                + " is not set: set it to the folder of a model, or to a model of the Hugging Face hub"
                + " (organisation/name)"));
    }
}

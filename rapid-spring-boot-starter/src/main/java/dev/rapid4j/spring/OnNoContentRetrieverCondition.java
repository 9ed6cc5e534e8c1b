package dev.rapid4j.spring;

import dev.langchain4j.rag.content.retriever.ContentRetriever;
import java.util.Arrays;
import java.util.List;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Whether the application has no {@link ContentRetriever} of its own, which AI services would not ask if there were an
 * augmentor. LangChain4j's Spring integration makes one of every embedding store; that one does not count.
 */
final class OnNoContentRetrieverCondition extends SpringBootCondition implements ConfigurationCondition {

    private static final String LANGCHAIN4J = ".RagAutoConfig";

    @Override
    public ConfigurationPhase getConfigurationPhase() {
        return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        ConfigurableListableBeanFactory beans = context.getBeanFactory();
        List<String> own = Arrays.stream(beans.getBeanNamesForType(ContentRetriever.class, true, false))
                .filter(name -> !isLangChain4js(beans, name))
                .toList();
        ConditionMessage.Builder message = ConditionMessage.forCondition("ContentRetriever");
        return own.isEmpty()
                ? ConditionOutcome.match(message.because("the application has none of its own"))
                : ConditionOutcome.noMatch(message.because("the application has its own: " + String.join(", ", own)));
    }

    private static boolean isLangChain4js(ConfigurableListableBeanFactory beans, String name) {
        if (!beans.containsBeanDefinition(name)) {
            return false;
        }
        String configuration = beans.getBeanDefinition(name).getFactoryBeanName();
        return configuration != null && configuration.endsWith(LANGCHAIN4J);
    }
}

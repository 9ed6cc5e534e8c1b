package dev.rapid4j.suites;

import java.lang.reflect.Method;
import java.util.Map;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Tests that are off, with the reason, which mostly is what the model answers. Many cannot be overridden. With
 * {@code RAPID_ALL_TESTS} set they run.
 *
 * @param reasons by the test's name
 */
record Beyond(Map<String, String> reasons) implements ExecutionCondition {

    private static final String ALL = "RAPID_ALL_TESTS";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return context.getTestMethod()
                .map(Method::getName)
                .filter(unused -> System.getenv(ALL) == null)
                .map(reasons::get)
                .map(ConditionEvaluationResult::disabled)
                .orElseGet(() -> ConditionEvaluationResult.enabled("within the model's reach"));
    }
}

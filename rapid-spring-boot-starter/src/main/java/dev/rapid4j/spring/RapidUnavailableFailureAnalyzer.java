package dev.rapid4j.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells what to do about a model that cannot be loaded. */
final class RapidUnavailableFailureAnalyzer extends AbstractFailureAnalyzer<RapidUnavailableException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, RapidUnavailableException cause) {
        return cause.action().isEmpty() ? null : new FailureAnalysis(cause.description(), cause.action(), cause);
    }
}

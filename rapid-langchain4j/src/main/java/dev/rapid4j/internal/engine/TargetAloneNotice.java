package dev.rapid4j.internal.engine;

import dev.rapid4j.internal.decoding.DecodingPlan;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log why a request in a mode that drafts was answered without; once for an engine. */
public final class TargetAloneNotice {

    private static final Logger LOG = LoggerFactory.getLogger(TargetAloneNotice.class);

    private final AtomicBoolean said = new AtomicBoolean();

    /** @param draftTokens what is read for drafting at most */
    void say(DecodingPlan asked, int draftTokens) {
        if (!said.getAndSet(true)) {
            LOG.info(
                    "Mode {} was asked for with a long text of no more than the {} tokens that are read for drafting"
                            + " (draftContextTokens), by an engine whose target drafts for itself: that would gain"
                            + " nothing, so the target answers alone, and the response says LONG_CONTEXT. To draft for"
                            + " such texts, lower draftContextTokens{}. This is said once.",
                    asked.mode(),
                    draftTokens,
                    asked.needsPassages() ? ", or name a smaller model of the same family as drafter" : "");
        }
    }
}

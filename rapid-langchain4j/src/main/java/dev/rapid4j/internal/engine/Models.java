package dev.rapid4j.internal.engine;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.checkpoint.Checkpoint;
import dev.rapid4j.internal.decoding.DecodingPlan;
import dev.rapid4j.internal.decoding.DecodingPlan.Writer;
import dev.rapid4j.internal.decoding.DraftSource.ModelDrafting;
import dev.rapid4j.internal.decoding.PromptTokens;
import dev.rapid4j.internal.model.LanguageModel;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models of an engine, which may be one. */
public record Models(LanguageModel target, LanguageModel drafter) {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.RapidEngine");

    /**
     * Loads the weights; one model for both where checkpoint and placement are the same.
     *
     * @param resources close the models
     * @throws CheckpointException if a checkpoint cannot be used
     * @throws TorchException if the engine fails, or memory does not suffice
     */
    public static Models load(
            Checkpoints checkpoints,
            Placement targetPlace,
            Placement drafterPlace,
            int maxContextTokens,
            ProgressListener progress,
            Resources resources) {
        LanguageModel target = resources.add(load(checkpoints.target(), targetPlace, maxContextTokens, progress));
        // AUTO and what it has come to are one
        Placement found = new Placement(targetPlace.device(), target.numbers().weights(), targetPlace.cache());
        LanguageModel drafter = checkpoints.areOne() && (drafterPlace.equals(targetPlace) || drafterPlace.equals(found))
                ? target
                : resources.add(load(checkpoints.drafter(), drafterPlace, maxContextTokens, progress));
        return new Models(target, drafter);
    }

    private static LanguageModel load(
            Checkpoint checkpoint, Placement place, int maxContextTokens, ProgressListener progress) {
        LOG.info("Loading {} on {}", checkpoint.name(), place.device());
        progress.onLoading(checkpoint.name(), place.device().toString());
        long start = System.nanoTime();
        LanguageModel model = LanguageModel.load(
                checkpoint, place.device(), place.weights(), place.cache(), maxContextTokens, progress);
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        LOG.info("Loaded {} in {} ms", description(model), elapsed.toMillis());
        progress.onLoaded(checkpoint.name(), model.weightBytes(), elapsed);
        return model;
    }

    private static String description(LanguageModel model) {
        String loaded = model.weightBytes() > 0 ? ", %,d MB".formatted(model.weightBytes() >> 20) : "";
        String mapped = model.mappedBytes() > 0 ? ", %,d MB memory-mapped".formatted(model.mappedBytes() >> 20) : "";
        return "%s on %s: %s weights%s%s, %s cache"
                .formatted(
                        model.name(),
                        model.device(),
                        model.numbers().weights(),
                        loaded,
                        mapped,
                        model.numbers().cache());
    }

    /** Whether the target would be its own drafter. */
    boolean targetDraftsToo() {
        return target == drafter;
    }

    /** Most tokens of a prompt with its answer that both can hold. */
    int commonContextLength() {
        return Math.min(target.contextLength(), drafter.contextLength());
    }

    /**
     * Tokens there is room for behind the prompts, in all models that read one.
     *
     * @param plan for these prompts
     */
    int answerRoom(DecodingPlan plan, PromptTokens prompts) {
        int targetRoom = target.contextLength() - prompts.target().length;
        int drafterRoom = drafter.contextLength() - prompts.drafter().length;
        boolean drafterReads = plan.writer() == Writer.DRAFTER || plan.draftSource() instanceof ModelDrafting;
        return Math.min(plan.targetReads() ? targetRoom : drafterRoom, drafterReads ? drafterRoom : targetRoom);
    }
}

package dev.rapid4j.internal.engine;

import static java.util.stream.Collectors.joining;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.ProgressListener;
import dev.rapid4j.TorchException;
import dev.rapid4j.internal.decoding.DecodingPlan;
import dev.rapid4j.internal.decoding.DecodingPlan.Writer;
import dev.rapid4j.internal.decoding.DraftSource.ModelDrafting;
import dev.rapid4j.internal.decoding.PromptTokens;
import dev.rapid4j.internal.model.CacheExtent;
import dev.rapid4j.internal.model.LanguageModel;
import dev.rapid4j.internal.model.LoadingPlan;
import dev.rapid4j.internal.model.Placement;
import dev.rapid4j.internal.text.ByteSizes;
import dev.rapid4j.internal.torch.Device;
import dev.rapid4j.internal.torch.Torch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
        LanguageModel target = resources.add(load(
                LoadingPlan.of(checkpoints.target(), targetPlace, maxContextTokens, device -> 0L),
                Optional.empty(),
                progress));
        LanguageModel drafter = checkpoints.areOne() && isOf(drafterPlace, targetPlace, target)
                ? target
                : resources.add(load(
                        LoadingPlan.of(
                                checkpoints.drafter(),
                                drafterPlace,
                                maxContextTokens,
                                device -> toBeTaken(target, device)),
                        Optional.of(target),
                        progress));
        return new Models(target, drafter);
    }

    /** Whether a model that was loaded for one place is in another; {@code AUTO} and what it has come to are one. */
    private static boolean isOf(Placement place, Placement asked, LanguageModel model) {
        return List.of(asked.devices(), model.stages().named()).contains(place.devices())
                && List.of(asked.weights(), model.numbers().weights()).contains(place.weights())
                && asked.cache() == place.cache();
    }

    /** What a model will take of a device when it reads as much as it can. */
    private static long toBeTaken(LanguageModel model, Device device) {
        return model.devices().contains(device)
                ? model.workingBytes(device) + model.cacheBytes(device, model.contextLength(), CacheExtent.WINDOW)
                : 0;
    }

    private static LanguageModel load(LoadingPlan plan, Optional<LanguageModel> beside, ProgressListener progress) {
        String name = plan.checkpoint().name();
        LOG.info(
                "Loading {} on {}{}",
                name,
                plan.stages(),
                plan.stages().devices().contains(Device.CPU) ? " (%d threads)".formatted(Torch.threads()) : "");
        progress.onLoading(name, plan.stages().toString());
        long start = System.nanoTime();
        LanguageModel model = LanguageModel.load(plan, beside, progress);
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        LOG.info("Loaded {} in {} ms", description(model), elapsed.toMillis());
        progress.onLoaded(name, model.weightBytes(), elapsed);
        return model;
    }

    private static String description(LanguageModel model) {
        List<Device> devices = model.devices();
        return "%s on %s: %s weights%s, %s cache%s"
                .formatted(
                        model.name(),
                        model.stages(),
                        model.numbers().weights(),
                        bytes(model.weightBytes(), model.mappedBytes()),
                        model.numbers().cache(),
                        devices.size() == 1
                                ? ""
                                : devices.stream()
                                        .map(device -> "; %d layers on %s%s"
                                                .formatted(
                                                        model.stages().layersOn(device),
                                                        device,
                                                        bytes(model.weightBytes(device), model.mappedBytes(device))))
                                        .collect(joining()));
    }

    private static String bytes(long loaded, long mapped) {
        return (loaded > 0 ? ", %,d MB".formatted(ByteSizes.megabytes(loaded)) : "")
                + (mapped > 0 ? ", %,d MB memory-mapped".formatted(ByteSizes.megabytes(mapped)) : "");
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

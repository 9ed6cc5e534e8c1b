package dev.rapid4j.samples.evaluation.running;

import dev.rapid4j.WeightFormat;

/**
 * The machine that a run's models are loaded on. It says what becomes of what was left open, for the run's settings.
 */
public interface ModelMachine {

    /**
     * The names of the devices: {@code cuda:0} for {@code auto}, where there is one; {@code auto} stays where there are
     * several.
     *
     * @throws IllegalArgumentException if there are no such devices
     */
    String device(String asked);

    /**
     * In what a model's weights are kept.
     *
     * @param device as {@link #device} names it
     * @return never {@link WeightFormat#AUTO}
     * @throws dev.rapid4j.CheckpointException if that was asked for, and the model cannot be had or used
     */
    WeightFormat weights(WeightFormat asked, String model, String device);
}

package dev.rapid4j.internal.model;

import dev.rapid4j.internal.torch.Device;

/** A network that reads texts, with its weights on a device. Safe to use from several threads. */
public sealed interface LoadedNetwork extends AutoCloseable permits TextNetwork, PairNetwork {

    String name();

    Device device();

    /** Memory of the weights in bytes, without those that are used memory-mapped. */
    long weightBytes();

    /** Most tokens of several texts in one pass. A single text may have more. */
    int tokenBudget();

    @Override
    void close();
}

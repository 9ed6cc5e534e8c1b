package dev.rapid4j.internal.engine;

import dev.rapid4j.Precision;

/** Where a model's weights lie, and as what. */
public record Placement(String device, Precision precision) {}

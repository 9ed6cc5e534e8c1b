package dev.rapid4j.spi;

import dev.rapid4j.RapidEmbeddingModel;
import java.util.function.Supplier;

/**
 * Makes what {@link RapidEmbeddingModel#builder()} returns: the first that {@link java.util.ServiceLoader} finds does.
 */
public interface RapidEmbeddingModelBuilderFactory extends Supplier<RapidEmbeddingModel.Builder> {}

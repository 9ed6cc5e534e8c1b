package dev.rapid4j.spi;

import dev.rapid4j.RapidStreamingChatModel;
import java.util.function.Supplier;

/**
 * Makes what {@link RapidStreamingChatModel#builder()} returns: the first that {@link java.util.ServiceLoader} finds
 * does.
 */
public interface RapidStreamingChatModelBuilderFactory extends Supplier<RapidStreamingChatModel.Builder> {}

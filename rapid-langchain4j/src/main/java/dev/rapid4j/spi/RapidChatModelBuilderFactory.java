package dev.rapid4j.spi;

import dev.rapid4j.RapidChatModel;
import java.util.function.Supplier;

/** Makes what {@link RapidChatModel#builder()} returns: the first that {@link java.util.ServiceLoader} finds does. */
public interface RapidChatModelBuilderFactory extends Supplier<RapidChatModel.Builder> {}

/**
 * The networks that are read: what each family's {@code config.json} means, and by which names and shapes its weights
 * are published. Where files lie and in what form is no matter here; {@link DecoderNetwork} and {@link EncoderNetwork}
 * find a network's weights among the tensors of any.
 */
package dev.rapid4j.internal.architecture;

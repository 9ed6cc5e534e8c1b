/** Files of weights: safetensors and PyTorch's state dictionaries, read without running anything that is in them. */
package dev.rapid4j.internal.weights;

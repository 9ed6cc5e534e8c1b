/**
 * The one package that knows DJL's PyTorch engine: it loads TorchScript programs from the class path, calls them and
 * owns their tensors.
 */
package dev.rapid4j.internal.torch;

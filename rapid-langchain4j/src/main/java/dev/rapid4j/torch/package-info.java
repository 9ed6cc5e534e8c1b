/**
 * The one package that knows DJL's PyTorch engine: it loads TorchScript programs from the class path, calls them and
 * owns their tensors.
 *
 * <p>Internal: not part of the API that users of the library depend on.
 */
package dev.rapid4j.torch;

/**
 * A Hugging Face checkpoint as data: where it is, what network it describes, where each weight lies in which file, and
 * its tokenizer. Nothing here computes with tensors or knows a chat interface.
 *
 * <p>Internal, and free to change, but for what a user touches: {@link dev.rapid4j.checkpoint.Hub} (where checkpoints
 * and data sets come from), {@link dev.rapid4j.checkpoint.DownloadListener} with
 * {@link dev.rapid4j.checkpoint.DownloadProgress}, {@link dev.rapid4j.checkpoint.Pooling}, and
 * {@link dev.rapid4j.checkpoint.CheckpointException}.
 */
package dev.rapid4j.checkpoint;

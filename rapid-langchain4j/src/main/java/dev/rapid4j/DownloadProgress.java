package dev.rapid4j;

/**
 * How far a download is.
 *
 * @param file name of the file that is being downloaded
 * @param bytesDone bytes of it that have arrived, those of an earlier attempt among them
 * @param bytesTotal its size; -1 where it is not known
 * @param filesDone files that are complete
 * @param filesTotal files that have to be downloaded, as far as is known: the shards of a checkpoint's weights are
 *     known only after their index has arrived
 */
public record DownloadProgress(String file, long bytesDone, long bytesTotal, int filesDone, int filesTotal) {}

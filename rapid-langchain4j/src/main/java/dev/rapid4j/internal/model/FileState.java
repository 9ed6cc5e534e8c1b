package dev.rapid4j.internal.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * What shows that a file is no longer the one it was.
 *
 * @param size in bytes; -1 of a file that is not there, or cannot be asked
 * @param key by which the file system knows the file itself, whatever its name; null where it has none
 */
record FileState(FileTime modified, long size, Object key) {

    static FileState of(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileState(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        } catch (IOException e) {
            return new FileState(FileTime.fromMillis(0), -1, null);
        }
    }
}

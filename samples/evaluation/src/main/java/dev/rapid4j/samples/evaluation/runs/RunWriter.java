package dev.rapid4j.samples.evaluation.runs;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes the folder of a run, answer by answer. As long as it is open, no other process can write there; reading is
 * possible at any time.
 */
public final class RunWriter implements AutoCloseable {

    private static final String PART = RunFolder.RUN + ".part";

    /** A file of its own: a process loses the lock on a file as soon as it closes it anywhere, having read it. */
    private static final String LOCK = "run.lock";

    private static final Set<String> OWN_FILES = Set.of(RunFolder.RUN, PART, LOCK, RunFolder.ANSWERS);

    private static final int BLOCK_BYTES = 1 << 13;

    private final Path folder;
    private final FileChannel lock;
    private final FileChannel answers;

    private RunWriter(Path folder, FileChannel lock, FileChannel answers) {
        this.folder = folder;
        this.lock = lock;
        this.answers = answers;
    }

    /**
     * Starts a run in a folder that is new or empty, or whose run has no answers; or goes on with the one that is
     * there, which has as many questions then as this one.
     *
     * @param startAnew deletes the answers that are there, if it is the folder of a run
     * @throws RunException if the folder holds a run of other settings or another shard, or no run but other files, or
     *     if another process is writing there
     */
    public static RunWriter open(Path folder, Run run, boolean startAnew) throws IOException {
        Files.createDirectories(folder);
        if (!Files.exists(folder.resolve(RunFolder.RUN))) {
            refuseForeignFiles(folder);
        }
        FileChannel lock = lock(folder);
        try {
            return new RunWriter(folder, lock, openAnswers(folder, run, startAnew));
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static FileChannel openAnswers(Path folder, Run run, boolean startAnew) throws IOException {
        FileChannel answers = FileChannel.open(
                folder.resolve(RunFolder.ANSWERS),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            if (startAnew || answers.size() == 0) {
                answers.truncate(0);
                write(folder.resolve(RunFolder.RUN), run);
            } else {
                Run there = RunFolder.open(folder).run();
                refuseOtherRun(folder, there, run);
                cutDamagedLine(answers);
                write(folder.resolve(RunFolder.RUN), there.withQuestions(run.questions()));
            }
            return answers.position(answers.size());
        } catch (IOException | RuntimeException e) {
            answers.close();
            throw e;
        }
    }

    /** What a process leaves that is killed before the settings are written is no obstacle. */
    private static void refuseForeignFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            if (files.anyMatch(file -> !OWN_FILES.contains(file.getFileName().toString()))) {
                throw new RunException(folder + " holds other files and no run; give a folder that is new or empty");
            }
        }
        Path answers = folder.resolve(RunFolder.ANSWERS);
        if (Files.exists(answers) && Files.size(answers) > 0) {
            throw new RunException(folder + " holds answers, but no " + RunFolder.RUN
                    + " that says what they are answers to; give a folder that is new or empty");
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel lock = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked;
        try {
            locked = lock.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            locked = false;
        }
        if (!locked) {
            lock.close();
            throw new RunException("Another process is writing to " + folder + "; wait for it, or give another folder");
        }
        return lock;
    }

    private static void refuseOtherRun(Path folder, Run there, Run wanted) {
        List<String> differences = there.differences(wanted);
        if (!differences.isEmpty()) {
            throw new RunException(
                    "%s holds another run: %s. Give another folder, or --start-anew to delete its answers"
                            .formatted(folder, String.join(", ", differences)));
        }
    }

    private static void write(Path file, Run run) throws IOException {
        Path part = file.resolveSibling(PART);
        try (FileChannel out = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            writeFully(out, RunJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(run));
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What a killed process has left of a line must not become the beginning of the next one. */
    private static void cutDamagedLine(FileChannel answers) throws IOException {
        long start = lastLineStart(answers);
        long length = answers.size() - start;
        if (length > 0 && (length > RunFolder.MAX_LINE || !isAnswer(answers, start, (int) length))) {
            answers.truncate(start);
        }
    }

    private static long lastLineStart(FileChannel answers) throws IOException {
        byte[] block = new byte[BLOCK_BYTES];
        // the line end of the last line itself does not count
        for (long end = answers.size() - 1; end > 0; end -= block.length) {
            byte[] read = end < block.length ? Arrays.copyOf(block, (int) end) : block;
            read(answers, end - read.length, read);
            for (int i = read.length - 1; i >= 0; i--) {
                if (read[i] == '\n') {
                    return end - read.length + i + 1;
                }
            }
        }
        return 0;
    }

    private static void read(FileChannel answers, long position, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (answers.read(buffer, position + buffer.position()) < 0) {
                throw new IOException("The answers became fewer while they were read");
            }
        }
    }

    private static boolean isAnswer(FileChannel answers, long start, int length) throws IOException {
        byte[] line = new byte[length];
        read(answers, start, line);
        try {
            RunJson.MAPPER.readValue(line, Answer.class);
            return line[length - 1] == '\n';
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /** The folder, to read what has been written so far. */
    public RunFolder folder() {
        return RunFolder.open(folder);
    }

    /**
     * Adds an answer; when this returns, it is on the disk.
     *
     * @throws RunException if it is longer than an answer can be read
     * @throws UncheckedIOException if it cannot be written; then this is to be closed
     */
    public void append(Answer answer) {
        try {
            byte[] json = RunJson.MAPPER.writeValueAsBytes(answer);
            if (json.length >= RunFolder.MAX_LINE) {
                throw new RunException("The answer to question %s takes more than %,d bytes"
                        .formatted(answer.task().id(), RunFolder.MAX_LINE));
            }
            byte[] line = Arrays.copyOf(json, json.length + 1);
            line[json.length] = '\n';
            writeFully(answers, line);
        } catch (IOException e) {
            throw new UncheckedIOException("An answer cannot be written to " + folder, e);
        }
    }

    private static void writeFully(FileChannel out, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
        out.force(true);
    }

    @Override
    public void close() {
        try (lock) {
            answers.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

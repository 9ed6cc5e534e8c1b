package dev.rapid4j.internal.diskcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheTest {

    private static final Key ROOT = Key.of("a model");
    private static final int CONTENT = 4096;
    private static final LongFunction<ByteBuffer> ALLOCATE = length -> ByteBuffer.allocate((int) length);

    @TempDir
    private Path folder;

    @Test
    void whatWasWrittenIsFoundByAnotherProcess() {
        Header block = block(1);
        open(folder).write(block, content(1));
        DiskCache other = open(folder);
        assertThat(other.contains(block.key())).isTrue();
        assertThat(other.read(block, ALLOCATE)).contains(content(1));
        assertThat(other.headers()).containsExactly(block);
        assertThat(other.bytes()).isEqualTo(FileFormat.size(block, CONTENT));
    }

    @Test
    void aKeyDependsOnAllTokensBefore() {
        int[] tokens = IntStream.range(0, 3 * TokenBlocks.TOKENS).toArray();
        List<Header> blocks = TokenBlocks.of(ROOT, tokens, tokens.length - 1);
        assertThat(blocks).hasSize(2);
        assertThat(TokenBlocks.tokens(blocks.get(1)))
                .containsExactly(IntStream.range(TokenBlocks.TOKENS, 2 * TokenBlocks.TOKENS)
                        .toArray());
        assertThat(blocks.get(1).parent()).isEqualTo(blocks.get(0).key());
        tokens[0] = 1;
        assertThat(TokenBlocks.of(ROOT, tokens, tokens.length).get(1).key())
                .isNotEqualTo(blocks.get(1).key());
        assertThat(TokenBlocks.of(Key.of("another"), tokens, tokens.length))
                .doesNotContainAnyElementsOf(TokenBlocks.of(ROOT, tokens, tokens.length));
    }

    @Test
    void noDamagedFileIsTrustedAndAllAreRemoved() throws IOException {
        DiskCache cache = open(folder);
        Header block = block(7);
        cache.write(block, content(7));
        Path file = file(block);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(5);
        for (int i = 0; i < 10_000; i++) {
            Files.write(file, damaged(whole, random));
            assertThat(cache.read(block, ALLOCATE)).isEmpty();
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void aWholeFileUnderAnotherNameIsForeign() throws IOException {
        DiskCache cache = open(folder);
        cache.write(block(1), content(1));
        Files.move(file(block(1)), file(block(2)));
        assertThat(cache.headers()).isEmpty();
        assertThat(file(block(2))).doesNotExist();

        cache.write(block(1), content(1));
        Files.move(file(block(1)), file(block(2)));
        assertThat(cache.read(block(2), ALLOCATE)).isEmpty();
        assertThat(file(block(2))).doesNotExist();
    }

    @Test
    void severalProcessesKeepToOneLimit() throws IOException {
        long size = FileFormat.size(block(1), CONTENT);
        DiskCache one = DiskCache.open(folder, 64 * size);
        DiskCache other = DiskCache.open(folder, 64 * size);
        for (int i = 0; i < 64; i++) {
            one.write(block(i), content(i));
            other.write(block(100 + i), content(i));
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files.count()).isLessThanOrEqualTo(64 + 2 * 4);
            }
        }
    }

    @Test
    void whatIsBeingWrittenCanBeRemovedByAnotherProcessWhichStopsNoWriting() throws Exception {
        Path left = Files.writeString(folder.resolve(block(1).key().hex() + ".rapid.12.tmp"), "left behind");
        Path foreign = Files.writeString(folder.resolve("notes.tmp"), "foreign");
        DiskCache other = open(folder);
        DiskCache cache = open(folder);
        other.removeTemporaries();
        assertThat(left).doesNotExist();
        assertThat(foreign).exists();
        AtomicBoolean ended = new AtomicBoolean();
        Thread remover = new Thread(() -> {
            while (!ended.get()) {
                other.removeTemporaries();
            }
        });
        remover.start();
        for (int i = 0; i < 500; i++) {
            cache.write(block(i), content(i));
        }
        ended.set(true);
        remover.join();
        assertThat(cache.isWriting()).isTrue();
    }

    @Test
    void whatAKilledProcessWasJustWritingIsRemovedLater() throws Exception {
        Path left = Files.writeString(folder.resolve(block(1).key().hex() + ".rapid.12.tmp"), "left behind");
        Files.setLastModifiedTime(
                left, FileTime.from(Instant.now().minus(Duration.ofMinutes(10)).plusSeconds(2)));
        DiskCache cache = open(folder);
        assertThat(left).exists();
        Thread.sleep(2500);
        cache.touch(List.of());
        assertThat(left).doesNotExist();
    }

    @Test
    void whereNoThreadCanBeStartedNobodyWaitsForOne() {
        BackgroundWriter writer = new BackgroundWriter(work -> {
            throw new OutOfMemoryError("unable to create native thread (this test wants it so)");
        });
        assertThat(writer.submit(() -> {})).isFalse();
        writer.await();
    }

    @Test
    void linksAreNotFollowed(@TempDir Path elsewhere) throws IOException {
        DiskCache other = open(elsewhere);
        other.write(block(1), content(1));
        DiskCache cache = open(folder);
        Files.createSymbolicLink(
                file(block(1)), elsewhere.resolve(file(block(1)).getFileName()));
        assertThat(cache.contains(block(1).key())).isFalse();
        assertThat(cache.read(block(1), ALLOCATE)).isEmpty();
        assertThat(other.read(block(1), ALLOCATE)).contains(content(1));
    }

    @Test
    void theLeastRecentlyUsedFilesGoFirst() {
        long size = FileFormat.size(block(0), CONTENT);
        DiskCache cache = DiskCache.open(folder, 10 * size);
        for (int i = 0; i < 10; i++) {
            cache.write(block(i), content(i));
            age(block(i), 100 - i);
        }
        cache.touch(List.of(block(0), block(1)));
        cache.write(block(10), content(10));
        assertThat(remaining(cache, 11)).contains(0, 1, 10).doesNotContain(2);
        assertThat(cache.bytes()).isLessThanOrEqualTo(10 * size);
        // of what was used at once, that goes first on which nothing depends
        assertThat(used(block(0))).isGreaterThan(used(block(1)));
    }

    @Test
    void whatDoesNotFitIsNotWrittenAndNobodyFails() {
        DiskCache cache = DiskCache.open(folder, CONTENT);
        cache.write(block(1), content(1));
        assertThat(cache.contains(block(1).key())).isFalse();
        assertThat(cache.isWriting()).isFalse();
    }

    @Test
    void aDiskThatFailsIsWrittenToNoMore() throws IOException {
        Path gone = folder.resolve("gone");
        DiskCache cache = open(gone);
        Files.delete(gone);
        cache.write(block(1), content(1));
        assertThat(cache.isWriting()).isFalse();
        Files.createDirectory(gone);
        cache.write(block(1), content(1));
        assertThat(gone).isEmptyDirectory();
    }

    @Test
    void anInterruptedThreadNeitherRemovesFilesNorEndsWriting() {
        DiskCache cache = open(folder);
        cache.write(block(1), content(1));
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(cache::headers).isInstanceOf(UncheckedIOException.class);
            cache.write(block(2), content(2));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(cache.isWriting()).isTrue();
        assertThat(cache.headers()).containsExactly(block(1));
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    void onlyTheOwnerMayRead() throws IOException {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path created = folder.resolve("a/b");
        open(created).write(block(1), content(1));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(created)))
                .isEqualTo("rwx------");
        Path file = created.resolve(file(block(1)).getFileName());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFolderThatWillNotDoIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("folder");
        assertThatThrownBy(() -> open(file.resolve("below")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be used");
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("chmod o-w");
    }

    @Test
    void filesOfOthersAreLeftAlone() throws IOException {
        Path note = Files.writeString(folder.resolve("note.txt"), "mine");
        DiskCache cache = DiskCache.open(folder, FileFormat.size(block(0), CONTENT));
        cache.write(block(0), content(0));
        cache.write(block(1), content(1));
        assertThat(cache.headers()).containsExactly(block(1));
        assertThat(note).hasContent("mine");
    }

    /** The process is killed somewhere in a write, again and again. */
    @Test
    void whatWasBeingWrittenWhenAProcessWasKilledIsNotThere() throws Exception {
        for (int i = 0; i < 4; i++) {
            Process writer = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Writer.class.getName(),
                            folder.toString(),
                            String.valueOf(i * 1_000_000))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            int before = files().size();
            while (writer.isAlive() && files().size() < before + 3 + i) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
            writer.destroyForcibly().waitFor();
        }
        for (Path path : files()) {
            Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        }
        DiskCache cache = open(folder);
        List<Header> headers = cache.headers();
        assertThat(headers).hasSizeGreaterThan(10);
        for (Header header : headers) {
            int number = TokenBlocks.tokens(header)[0];
            assertThat(cache.read(header, ALLOCATE)).contains(content(number));
        }
        assertThat(files()).hasSameSizeAs(headers);
    }

    /** Writes for ever. */
    static final class Writer {

        private Writer() {}

        public static void main(String[] arguments) {
            DiskCache cache = open(Path.of(arguments[0]));
            for (int i = Integer.parseInt(arguments[1]); ; i++) {
                cache.write(block(i), content(i));
            }
        }
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] file = whole.clone();
        int at = random.nextInt(file.length);
        switch (random.nextInt(5)) {
            case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> {
                return Arrays.copyOf(file, at);
            }
            case 2 -> {
                return Arrays.copyOf(file, file.length + 1 + random.nextInt(100));
            }
            case 3 -> {
                // a page that never reached the disk
                int end = Math.min(file.length, at + 1 + random.nextInt(2048));
                byte[] before = Arrays.copyOfRange(file, at, end);
                Arrays.fill(file, at, end, (byte) 0);
                file[at] = (byte) ~before[0];
            }
            default -> {
                int length = random.nextInt(300);
                for (int i = at; i < Math.min(file.length, at + length); i++) {
                    file[i] = (byte) random.nextInt();
                }
                file[at] = (byte) ~whole[at];
            }
        }
        return file;
    }

    private List<Integer> remaining(DiskCache cache, int most) {
        return IntStream.range(0, most)
                .filter(i -> cache.contains(block(i).key()))
                .boxed()
                .toList();
    }

    private FileTime used(Header header) {
        try {
            return Files.getLastModifiedTime(file(header));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void age(Header header, int minutes) {
        try {
            Files.setLastModifiedTime(file(header), FileTime.from(Instant.now().minus(Duration.ofMinutes(minutes))));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private Path file(Header header) {
        return folder.resolve(header.key().hex() + ".rapid");
    }

    private static DiskCache open(Path folder) {
        return DiskCache.open(folder, Long.MAX_VALUE);
    }

    private static Header block(int number) {
        int[] tokens = new int[TokenBlocks.TOKENS];
        tokens[0] = number;
        return TokenBlocks.of(ROOT, tokens, tokens.length).get(0);
    }

    private static ByteBuffer content(int number) {
        byte[] bytes = new byte[CONTENT];
        new Random(number).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }
}

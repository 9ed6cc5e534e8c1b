package dev.rapid4j.internal.hub;

import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.DownloadListener;
import dev.rapid4j.internal.text.UserHome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of models and data sets on the Hugging Face hub, or a server that behaves like it, in the cache on disk that
 * this library shares with Python's huggingface_hub. {@link dev.rapid4j.Hub} says what it takes from the environment.
 */
public final class HubFiles {

    private static final Logger LOG = LoggerFactory.getLogger("dev.rapid4j.Hub");

    private final URI endpoint;
    private final Optional<String> token;
    private final Path cache;
    private final boolean offline;
    private final DownloadListener listener;
    private final Duration timeout;
    private final Duration retryDelay;
    private final ToLongFunction<Path> usableSpace;

    private HubFiles(Builder builder) {
        endpoint = builder.endpoint;
        token = builder.token;
        cache = builder.cache;
        offline = builder.offline;
        listener = builder.listener;
        timeout = builder.timeout;
        retryDelay = builder.retryDelay;
        usableSpace = builder.usableSpace;
    }

    /** The hub that the environment variables describe, with a progress bar on the console. */
    public static HubFiles fromEnvironment() {
        return builder().build();
    }

    /** Starts from what the environment variables describe. */
    public static Builder builder() {
        return builder(System::getenv);
    }

    static Builder builder(UnaryOperator<String> environment) {
        return new Builder(environment);
    }

    /**
     * A file of a data set, downloaded if it is not in the cache.
     *
     * @param repository {@code organisation/name} or {@code organisation/name@revision}; without a revision the branch
     *     {@code main}
     * @param file its name in the repository, {@code folder/name} if it lies in a folder there
     * @throws CheckpointException if it can neither be found nor downloaded, or if the thread is interrupted (it stays
     *     so, and what has arrived is kept for the next attempt)
     */
    public Path dataSetFile(String repository, String file) {
        return fetch(RepositoryId.dataSet(repository), new SingleFile(file)).resolve(file);
    }

    /**
     * The folder of a repository's files in the cache, downloaded if they are not there.
     *
     * @throws CheckpointException as for a file of a data set
     */
    public Path fetch(RepositoryId id, FileSelection selection) {
        HubCache folder = new HubCache(cache, id);
        Optional<Path> cached = folder.completeSnapshot(id, selection);
        List<String> unknown =
                cached.map(snapshot -> folder.unknown(snapshot, selection)).orElse(List.of());
        if (cached.isPresent() && (offline || id.isCommit() && unknown.isEmpty())) {
            if (!unknown.isEmpty()) {
                LOG.warn("{} is taken from the cache as it is, without {}, which it may have", id, unknown);
            }
            return cached.get();
        }
        if (offline) {
            throw new CheckpointException(
                    Problem.OFFLINE,
                    "%s is not, or not completely, in the cache %s, and HF_HUB_OFFLINE forbids to download it; unset it, or"
                                    .formatted(id, cache)
                            + " copy it there",
                    null);
        }
        try {
            return fetch(id, selection, folder, cached);
        } catch (InterruptedException | ClosedByInterruptException e) {
            Thread.currentThread().interrupt();
            throw new CheckpointException(
                    "the download of %s was interrupted; what has arrived is kept, the next call goes on from there"
                            .formatted(id),
                    e);
        } catch (FileSystemException e) {
            throw new CheckpointException(
                    Problem.NOT_STORED,
                    ("%s is not, or not completely, in the cache %s, which cannot be written (%s); make it writable, or set"
                                    + " HF_HUB_CACHE or HF_HOME to another folder")
                            .formatted(id, cache, e),
                    e);
        } catch (IOException e) {
            throw new CheckpointException(
                    Problem.UNREACHABLE,
                    ("%s could not be downloaded from %s to %s: %s; "
                                    + (e instanceof ConnectException && !folder.holdsBlobs()
                                            ? ""
                                            : "what has arrived is kept, the next call goes on from there. If that does not help, ")
                                    + "check the network, a proxy and HF_ENDPOINT, or give a folder that has the model")
                            .formatted(id, endpoint, cache, HubClient.reason(e)),
                    e);
        }
    }

    /**
     * The models in the cache, whole or not, each at the branches and tags that it was downloaded for; nothing is asked
     * of the hub.
     *
     * @return the folder of each one's files
     */
    public SortedMap<String, Path> cachedModels() {
        SortedMap<String, Path> models = new TreeMap<>();
        try (Stream<Path> folders = Files.list(cache)) {
            folders.map(folder -> RepositoryId.ofFolder(folder.getFileName().toString()))
                    .flatMap(Optional::stream)
                    .forEach(id -> models.putAll(new HubCache(cache, id).snapshots(id)));
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("The cache {} cannot be listed", cache, e);
        }
        return models;
    }

    /**
     * Runs what reads files of a repository in the cache. If it fails, the files that its message names are compared
     * with the hub's; if one is damaged, it is downloaded anew, and the reader runs once more.
     *
     * @throws CheckpointException of the reader
     */
    public <T> T reading(RepositoryId id, Supplier<T> reader) {
        try {
            return reader.get();
        } catch (CheckpointException e) {
            HubCache folder = new HubCache(cache, id);
            List<Path> files =
                    e.problem() == Problem.UNUSABLE ? folder.filesNamedIn(String.valueOf(e.getMessage())) : List.of();
            if (files.isEmpty() || !replaceDamaged(id, folder, files, e)) {
                throw e;
            }
        }
        return reader.get();
    }

    private boolean replaceDamaged(RepositoryId id, HubCache folder, List<Path> files, CheckpointException failure) {
        if (offline) {
            throw withAdvice(failure, folder, files, "HF_HUB_OFFLINE forbids to compare it with the hub's");
        }
        String commit = folder.commit(files.get(0));
        try {
            HubClient client = client();
            HubClient.Listing listing = client.listing(id.at(commit));
            return new HubDownload(client, folder, id, listing, timeout, listener, usableSpace)
                    .replaceDamaged(files.stream()
                            .filter(file -> folder.commit(file).equals(commit))
                            .map(file -> folder.snapshot(commit)
                                    .relativize(file)
                                    .toString()
                                    .replace('\\', '/'))
                            .toList());
        } catch (InterruptedException | ClosedByInterruptException e) {
            Thread.currentThread().interrupt();
            throw failure;
        } catch (IOException | CheckpointException e) {
            LOG.debug("{} could not be mended", files, e);
            throw withAdvice(
                    failure, folder, files, "it could not be compared with the hub's, or not be replaced: " + e);
        }
    }

    private static CheckpointException withAdvice(
            CheckpointException failure, HubCache folder, List<Path> files, String reason) {
        return new CheckpointException(
                "%s (%s; if it is damaged, delete %s, and the next call with a network and a writable cache downloads it)"
                        .formatted(
                                failure.getMessage(),
                                reason,
                                files.stream()
                                        .map(folder::targets)
                                        .flatMap(List::stream)
                                        .map(Path::toString)
                                        .collect(Collectors.joining(" and "))),
                failure);
    }

    private HubClient client() {
        return new HubClient(endpoint, token, timeout, retryDelay);
    }

    private Path fetch(RepositoryId id, FileSelection selection, HubCache folder, Optional<Path> cached)
            throws IOException, InterruptedException {
        HubClient client = client();
        HubClient.Listing listing;
        try {
            listing = cached.isPresent() ? client.listing(id) : client.retrying(() -> client.listing(id));
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException | CheckpointException e) {
            if (cached.isEmpty()) {
                throw e;
            }
            LOG.warn("{} is taken from the cache as it is, since the hub could not be asked: {}", id, e.toString());
            return cached.get();
        }
        try {
            return new HubDownload(client, folder, id, listing, timeout, listener, usableSpace).run(selection);
        } catch (FileSystemException e) {
            return cached.map(snapshot -> asItIs(id, snapshot, e)).orElseThrow(() -> e);
        } catch (CheckpointException e) {
            if (e.problem() != Problem.NOT_STORED) {
                throw e;
            }
            return cached.map(snapshot -> asItIs(id, snapshot, e)).orElseThrow(() -> e);
        }
    }

    private static Path asItIs(RepositoryId id, Path snapshot, Exception e) {
        LOG.warn(
                "{} is taken from the cache as it is ({}), since what the hub has beyond it cannot be stored: {}",
                id,
                snapshot,
                e.toString());
        return snapshot;
    }

    /** Settings of a {@link HubFiles}. */
    public static final class Builder {

        private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

        private URI endpoint;
        private Optional<String> token;
        private Path cache;
        private boolean offline;
        private DownloadListener listener = DownloadListener.console();
        private Duration timeout = Duration.ofSeconds(10);
        private Duration retryDelay = Duration.ofSeconds(1);
        private ToLongFunction<Path> usableSpace = Builder::usableSpace;

        private Builder(UnaryOperator<String> environment) {
            String home = variable(environment, "HF_HOME")
                    .or(() -> variable(environment, "XDG_CACHE_HOME").map(caches -> caches + "/huggingface"))
                    .orElse("~/.cache/huggingface");
            cache(path(variable(environment, "HF_HUB_CACHE")
                    .or(() -> variable(environment, "HUGGINGFACE_HUB_CACHE"))
                    .orElse(home + "/hub")));
            endpoint(variable(environment, "HF_ENDPOINT").orElse("https://huggingface.co"));
            token(variable(environment, "HF_TOKEN")
                    .or(() -> variable(environment, "HUGGING_FACE_HUB_TOKEN"))
                    .or(() -> tokenFile(
                            path(variable(environment, "HF_TOKEN_PATH").orElse(home + "/token"))))
                    .orElse(null));
            offline(variable(environment, "HF_HUB_OFFLINE")
                    .map(value -> TRUE.contains(value.toUpperCase(Locale.ROOT)))
                    .orElse(false));
        }

        private static Optional<String> variable(UnaryOperator<String> environment, String name) {
            return Optional.ofNullable(environment.apply(name))
                    .map(String::strip)
                    .filter(value -> !value.isEmpty());
        }

        private static Path path(String path) {
            if (path.equals("~") || path.startsWith("~/")) {
                return UserHome.resolve(path.substring(Math.min(2, path.length())));
            }
            try {
                return Path.of(path);
            } catch (InvalidPathException e) {
                throw new CheckpointException(
                        Problem.NOT_FOUND,
                        "The hub's folder cannot be found: %s; let HF_HOME name one, and where its name has other letters than English ones, set LC_ALL=C.UTF-8"
                                .formatted(e.getMessage()),
                        e);
            }
        }

        private static Optional<String> tokenFile(Path file) {
            try {
                return Files.isRegularFile(file)
                        ? Optional.of(Files.readString(file).strip()).filter(token -> !token.isEmpty())
                        : Optional.empty();
            } catch (IOException e) {
                throw new CheckpointException(file + " with the hub's token cannot be read: " + e, e);
            }
        }

        private static long usableSpace(Path folder) {
            try {
                return Files.getFileStore(folder).getUsableSpace();
            } catch (IOException e) {
                LOG.debug("the space left for {} cannot be told", folder, e);
                return Long.MAX_VALUE;
            }
        }

        /**
         * The server.
         *
         * @throws CheckpointException if this is no http or https address
         */
        public Builder endpoint(String endpoint) {
            URI uri;
            try {
                uri = URI.create(endpoint.replaceFirst("/+$", ""));
            } catch (IllegalArgumentException e) {
                throw new CheckpointException("the hub's endpoint (HF_ENDPOINT) is not an address: " + endpoint, e);
            }
            if (uri.getHost() == null
                    || !("https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme()))) {
                throw new CheckpointException(
                        "the hub's endpoint (HF_ENDPOINT) must be an http or https address, this is " + endpoint);
            }
            this.endpoint = uri;
            return this;
        }

        /**
         * The access token, sent to the endpoint only; {@code null} for none.
         *
         * @throws CheckpointException if it has characters that no token has
         */
        public Builder token(String token) {
            if (token != null && !token.matches("[!-~]+")) {
                throw new CheckpointException("the hub's token (HF_TOKEN) is empty or holds spaces or other characters"
                        + " that no token has");
            }
            this.token = Optional.ofNullable(token);
            return this;
        }

        /** The folder of all that was downloaded. */
        public Builder cache(Path cache) {
            this.cache = cache.toAbsolutePath().normalize();
            return this;
        }

        /** Whether to use the cache only. */
        public Builder offline(boolean offline) {
            this.offline = offline;
            return this;
        }

        /** Who is told of the progress; by default a {@linkplain DownloadListener#console() bar on the console}. */
        public Builder listener(DownloadListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /** Longest wait for a connection, for an answer, and for each next piece of a file; by default 10 seconds. */
        public Builder timeout(Duration timeout) {
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("the timeout must be positive, this is " + timeout);
            }
            this.timeout = timeout;
            return this;
        }

        Builder retryDelay(Duration retryDelay) {
            this.retryDelay = retryDelay;
            return this;
        }

        Builder usableSpace(ToLongFunction<Path> usableSpace) {
            this.usableSpace = usableSpace;
            return this;
        }

        public HubFiles build() {
            return new HubFiles(this);
        }
    }
}

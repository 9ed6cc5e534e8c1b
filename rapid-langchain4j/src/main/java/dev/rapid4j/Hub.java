package dev.rapid4j;

import dev.rapid4j.internal.hub.HubFiles;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where checkpoints come from when they are not a folder, and data sets: the Hugging Face hub, or a server that behaves
 * like it, and the cache on disk that this library shares with Python's huggingface_hub.
 *
 * <p>Everything has the default that huggingface_hub takes from the environment:
 *
 * <ul>
 *   <li>endpoint: {@code HF_ENDPOINT}, else {@code https://huggingface.co}
 *   <li>token: {@code HF_TOKEN}, else the file {@code HF_TOKEN_PATH}, else the file {@code token} in {@code HF_HOME}
 *   <li>cache: {@code HF_HUB_CACHE}, else {@code hub} in {@code HF_HOME}, which is {@code huggingface} in
 *       {@code XDG_CACHE_HOME} or {@code ~/.cache} unless set
 *   <li>offline: {@code HF_HUB_OFFLINE} is 1, ON, YES or TRUE
 * </ul>
 *
 * <p>What is in the cache is looked up on the hub only to see whether its branch or tag has moved; without a network,
 * or offline, or if the cache cannot be written, it is used as it is.
 */
public final class Hub {

    private final HubFiles files;

    private Hub(HubFiles files) {
        this.files = files;
    }

    /** The hub that the environment variables describe, with a progress bar on the console. */
    public static Hub fromEnvironment() {
        return builder().build();
    }

    /** Starts from what the environment variables describe. */
    public static Builder builder() {
        return new Builder();
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
        return files.dataSetFile(repository, file);
    }

    HubFiles files() {
        return files;
    }

    /** Settings of a {@link Hub}. */
    public static final class Builder {

        private final HubFiles.Builder files = HubFiles.builder();

        private Builder() {}

        /**
         * The server.
         *
         * @throws CheckpointException if this is no http or https address
         */
        public Builder endpoint(String endpoint) {
            files.endpoint(endpoint);
            return this;
        }

        /**
         * The access token, sent to the endpoint only; {@code null} for none.
         *
         * @throws CheckpointException if it has characters that no token has
         */
        public Builder token(String token) {
            files.token(token);
            return this;
        }

        /** The folder of all that was downloaded. */
        public Builder cache(Path cache) {
            files.cache(cache);
            return this;
        }

        /** Whether to use the cache only. */
        public Builder offline(boolean offline) {
            files.offline(offline);
            return this;
        }

        /** Who is told of the progress; by default a {@linkplain DownloadListener#console() bar on the console}. */
        public Builder listener(DownloadListener listener) {
            files.listener(listener);
            return this;
        }

        /** Longest wait for a connection, for an answer, and for each next piece of a file; by default 10 seconds. */
        public Builder timeout(Duration timeout) {
            files.timeout(timeout);
            return this;
        }

        public Hub build() {
            return new Hub(files.build());
        }
    }
}

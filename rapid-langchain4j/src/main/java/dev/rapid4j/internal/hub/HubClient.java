package dev.rapid4j.internal.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rapid4j.CheckpointException;
import dev.rapid4j.CheckpointException.Problem;
import dev.rapid4j.internal.json.JsonFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of the hub's HTTP interface that a download needs.
 *
 * <p>What may pass by itself (no connection, a stalled or cut one, status 408, 429 and 5xx) is an {@link IOException};
 * what will not is a {@link CheckpointException}.
 */
final class HubClient {

    private static final Logger LOG = LoggerFactory.getLogger(HubClient.class);

    /** How messages call what {@link #listing} asks for. */
    private static final String LIST = "the list of its files";

    private static final int ATTEMPTS = 5;
    private static final int MAX_REDIRECTS = 5;

    /** Of some hundred thousand files. */
    private static final int MAX_LISTING_BYTES = 100_000_000;

    private static final Pattern ETAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern GIT_HASH = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern WEB_PAGE = Pattern.compile("(?i)\\s*text/html\\b.*");

    private final URI endpoint;
    private final Optional<String> token;
    private final Duration timeout;
    private final Duration retryDelay;
    private final HttpClient http;

    /**
     * A repository's state on the hub.
     *
     * @param commit 40 hexadecimal digits
     */
    record Listing(String commit, Map<String, ListedFile> files) {}

    /**
     * What the list of a repository's files says of one; a mirror may leave out any of it.
     *
     * @param hash of its content: SHA-256 (64 hexadecimal digits) or git's SHA-1 (40)
     */
    record ListedFile(OptionalLong size, Optional<String> hash) {}

    /**
     * A file on the hub.
     *
     * @param etag its name in the cache; on the hub it is the hash, on a mirror it may be any mark
     * @param size bytes
     * @param hash where one is known, as in the list of the files
     */
    record RemoteFile(String name, String commit, String etag, long size, Optional<String> hash) {}

    /** An attempt that may be repeated. */
    @FunctionalInterface
    interface Attempt<T> {
        T run() throws IOException, InterruptedException;
    }

    HubClient(URI endpoint, Optional<String> token, Duration timeout, Duration retryDelay) {
        this.endpoint = endpoint;
        this.token = token;
        this.timeout = timeout;
        this.retryDelay = retryDelay;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                // by hand, because the token must not travel to another host
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout)
                .build();
    }

    /** Repeats what fails with an {@link IOException} a few times. */
    <T> T retrying(Attempt<T> attempt) throws IOException, InterruptedException {
        for (int failures = 1; ; failures++) {
            try {
                return attempt.run();
            } catch (IOException e) {
                pause(failures, e);
            }
        }
    }

    /** What went wrong; connections that fail often say it only in what caused them. */
    static String reason(Throwable failure) {
        Throwable reason = failure;
        while (reason.getMessage() == null && reason.getCause() != null) {
            reason = reason.getCause();
        }
        if (reason instanceof UnresolvedAddressException || reason instanceof UnknownHostException) {
            return "the name of this host could not be resolved";
        }
        return reason.toString();
    }

    /** Waits before the next attempt, longer each time; gives up after some. */
    void pause(int failures, IOException cause) throws IOException, InterruptedException {
        if (failures == ATTEMPTS) {
            throw cause;
        }
        Duration delay = retryDelay.multipliedBy(1L << (failures - 1));
        LOG.info(
                "{} does not answer as it should: {}; trying again in {} ms",
                endpoint,
                reason(cause),
                delay.toMillis());
        Thread.sleep(delay.toMillis());
    }

    Listing listing(RepositoryId id) throws IOException, InterruptedException {
        URI uri = URI.create(endpoint + id.api() + "/revision/" + id.revision().replace("/", "%2F") + "?blobs=true");
        Response response = get(uri, 0);
        try (Body body = response.body()) {
            check(response, id, LIST);
            JsonFile listing = json(response, id, body.bytes(MAX_LISTING_BYTES, timeout));
            String commit = listing.text("sha", "");
            if (!RepositoryId.isCommit(commit)) {
                throw listing.invalid("sha", "the 40 digits of a commit are needed; check HF_ENDPOINT");
            }
            Map<String, ListedFile> files = new HashMap<>();
            for (JsonNode sibling : listing.root().path("siblings")) {
                files.put(sibling.path("rfilename").asText(), listedFile(sibling));
            }
            return new Listing(commit, files);
        }
    }

    private JsonFile json(Response response, RepositoryId id, byte[] body) {
        URI uri = response.answer().uri();
        try {
            return JsonFile.parse(Path.of("the answer of " + uri.getHost()), body);
        } catch (CheckpointException e) {
            boolean page = new String(body, 0, Math.min(body.length, 100), StandardCharsets.UTF_8)
                    .stripLeading()
                    .startsWith("<");
            throw noHub(uri, id, LIST, page ? "a web page" : "something that is not the hub's JSON", e);
        }
    }

    private CheckpointException noHub(URI uri, RepositoryId id, String what, String answer, Throwable cause) {
        return new CheckpointException(
                Problem.UNREACHABLE,
                ("%s answered %s when asked for %s of %s; check HF_ENDPOINT (%s), and whether a proxy or a login page of"
                                + " the network answers in the hub's place")
                        .formatted(uri.getHost(), answer, what, id, endpoint),
                cause);
    }

    /** A large file in git is a pointer with the hash, and {@code blobId} that of the pointer. */
    private static ListedFile listedFile(JsonNode sibling) {
        JsonNode lfs = sibling.path("lfs");
        Optional<String> hash = lfs.isObject()
                ? Optional.of(lfs.path("sha256").asText()).filter(SHA_256.asMatchPredicate())
                : Optional.of(sibling.path("blobId").asText()).filter(GIT_HASH.asMatchPredicate());
        JsonNode size = lfs.isObject() ? lfs.path("size") : sibling.path("size");
        return new ListedFile(
                size.canConvertToLong() && size.longValue() >= 0
                        ? OptionalLong.of(size.longValue())
                        : OptionalLong.empty(),
                hash);
    }

    RemoteFile file(RepositoryId id, Listing listing, String name) throws IOException, InterruptedException {
        URI uri = fileUri(id, listing.commit(), name);
        for (int redirects = 0; ; redirects++) {
            HttpResponse<Void> answer = send(
                    request(uri)
                            .method("HEAD", HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
            Optional<URI> target = redirect(answer, uri, redirects);
            // the hub describes the file itself before it sends to where it is stored
            if (target.isPresent()
                    && answer.headers().firstValue("X-Linked-Etag").isEmpty()) {
                uri = target.get();
                continue;
            }
            if (target.isEmpty()) {
                Response response = new Response(answer, null);
                check(response, id, name);
                checkNoWebPage(response, id, name);
            }
            ListedFile listed = listing.files().get(name);
            return new RemoteFile(
                    name,
                    listing.commit(),
                    etag(answer, uri, name),
                    listed.size().isPresent() ? listed.size().getAsLong() : size(answer, uri, name, target.isPresent()),
                    // an ETag that is not the hub's own may look like a hash and be something else
                    listed.hash()
                            .or(() -> etag(answer, "X-Linked-Etag")
                                    .filter(SHA_256.asMatchPredicate().or(GIT_HASH.asMatchPredicate()))));
        }
    }

    private static Optional<String> etag(HttpResponse<?> answer, String header) {
        return answer.headers()
                .firstValue(header)
                .map(value -> value.replaceFirst("^W/", "").replace("\"", ""));
    }

    private static String etag(HttpResponse<?> answer, URI uri, String name) {
        String etag =
                etag(answer, "X-Linked-Etag").or(() -> etag(answer, "ETag")).orElse("");
        if (!ETAG.matcher(etag).matches()) {
            throw new CheckpointException("%s gives %s the ETag \"%s\", which is no hash; check HF_ENDPOINT"
                    .formatted(uri.getHost(), name, JsonFile.abbreviate(etag)));
        }
        return etag;
    }

    private static long size(HttpResponse<?> answer, URI uri, String name, boolean redirected) {
        OptionalLong size = header(answer, "X-Linked-Size");
        if (size.isEmpty() && !redirected) {
            size = header(answer, "Content-Length");
        }
        if (size.isEmpty() || size.getAsLong() < 0) {
            throw new CheckpointException(
                    "%s does not tell the size of %s; check HF_ENDPOINT".formatted(uri.getHost(), name));
        }
        return size.getAsLong();
    }

    private static OptionalLong header(HttpResponse<?> answer, String name) {
        try {
            return answer.headers().firstValueAsLong(name);
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * The content of a file from a byte on; the status is 206 if the server kept to that, 200 if it sends all, or 416.
     */
    Response content(RepositoryId id, RemoteFile file, long from) throws IOException, InterruptedException {
        Response response = get(fileUri(id, file.commit(), file.name()), from);
        if (response.status() == 416) {
            return response;
        }
        try {
            check(response, id, file.name());
            checkNoWebPage(response, id, file.name());
            return response;
        } catch (IOException | RuntimeException e) {
            response.body().close();
            throw e;
        }
    }

    private URI fileUri(RepositoryId id, String commit, String name) {
        return URI.create(endpoint + id.path() + "/resolve/" + commit + "/" + escaped(name));
    }

    private static String escaped(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
    }

    private Response get(URI uri, long from) throws IOException, InterruptedException {
        URI current = uri;
        for (int redirects = 0; ; redirects++) {
            HttpRequest.Builder request = request(current).GET();
            if (from > 0) {
                request.header("Range", "bytes=" + from + "-");
            }
            HttpResponse<Flow.Publisher<List<ByteBuffer>>> answer =
                    send(request.build(), HttpResponse.BodyHandlers.ofPublisher());
            Body body = new Body();
            answer.body().subscribe(body);
            try {
                Optional<URI> target = redirect(answer, current, redirects);
                if (target.isEmpty()) {
                    return new Response(answer, body);
                }
                current = target.get();
            } catch (RuntimeException e) {
                body.close();
                throw e;
            }
            body.close();
        }
    }

    /**
     * Waits for the headers only as long as for a piece of the body: from JDK 26 on, a request's own timeout covers
     * both.
     */
    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, body);
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw nothingArrived(timeout);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(e.getCause());
        }
    }

    private static IOException nothingArrived(Duration timeout) {
        return new IOException("nothing arrived for " + timeout.toSeconds() + " s");
    }

    private HttpRequest.Builder request(URI uri) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .header("User-Agent", "rapid4j")
                // the size and the hash are those of the file as it is
                .header("Accept-Encoding", "identity");
        if (token.isPresent() && isSameOrigin(uri, endpoint)) {
            request.header("Authorization", "Bearer " + token.get());
        }
        return request;
    }

    private static boolean isSameOrigin(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }

    private static Optional<URI> redirect(HttpResponse<?> answer, URI uri, int redirects) {
        if (!Set.of(301, 302, 303, 307, 308).contains(answer.statusCode())) {
            return Optional.empty();
        }
        String location = answer.headers().firstValue("Location").orElse("");
        URI target;
        try {
            target = uri.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("%s redirects to an invalid address".formatted(uri.getHost()), e);
        }
        String scheme = String.valueOf(target.getScheme()).toLowerCase(Locale.ROOT);
        boolean secure = scheme.equals("https")
                || scheme.equals("http") && uri.getScheme().equalsIgnoreCase("http");
        if (location.isEmpty() || target.getHost() == null || !secure || redirects == MAX_REDIRECTS) {
            throw new CheckpointException("%s redirects too often or to an unsafe address (%s://%s)"
                    .formatted(uri.getHost(), scheme, target.getHost()));
        }
        return Optional.of(target);
    }

    /** A page with which a network asks for a login is no part of a file. */
    private void checkNoWebPage(Response response, RepositoryId id, String name) {
        boolean page = response.answer()
                .headers()
                .firstValue("Content-Type")
                .filter(WEB_PAGE.asMatchPredicate())
                .isPresent();
        if (page && !name.matches("(?i).*\\.html?")) {
            throw noHub(response.answer().uri(), id, name, "a web page", null);
        }
    }

    private void check(Response response, RepositoryId id, String what) throws IOException {
        int status = response.status();
        if (status >= 200 && status < 300) {
            return;
        }
        URI uri = response.answer().uri();
        String host = uri.getHost();
        String error = response.answer().headers().firstValue("X-Error-Code").orElse("");
        if (status == 408 || status == 429 || status >= 500) {
            throw new IOException("%s answered %d for %s of %s".formatted(host, status, what, id));
        }
        String message = switch (status) {
            case 401 ->
                "it does not exist, is private, or is gated: check the name, accept the licence on its page, and"
                        + " set HF_TOKEN to a token that may read it"
                        + (token.isPresent() ? " (the one that is set may have expired)" : "");
            case 403 -> forbidden(uri);
            case 404 ->
                error.equals("RevisionNotFound")
                        ? "the %s exists, but has no revision %s".formatted(id.type(), id.revision())
                        : error.equals("EntryNotFound")
                                ? "the %s has no such file".formatted(id.type())
                                : "there is no such %s or revision; check name and spelling".formatted(id.type());
            default -> "this should not happen; check HF_ENDPOINT";
        };
        Problem problem = Set.of(401, 403, 404).contains(status) ? Problem.NOT_FOUND : Problem.UNREACHABLE;
        throw new CheckpointException(
                problem, "%s answered %d for %s of %s; %s".formatted(host, status, what, id, message), null);
    }

    private String forbidden(URI uri) {
        if (token.isEmpty()) {
            return "it may not be read without a token: accept the licence on its page, and set HF_TOKEN to a token that"
                    + " may read it";
        }
        return isSameOrigin(uri, endpoint)
                ? "the token may not read it: accept the licence on its page, or set HF_TOKEN to a token that may"
                : "%s refers there, and the token is sent to %1$s only: check HF_ENDPOINT, and whether a proxy or a firewall refuses"
                        .formatted(endpoint.getHost());
    }

    /** An answer whose body is still to be read; it must be closed. */
    record Response(HttpResponse<?> answer, Body body) {

        int status() {
            return answer.statusCode();
        }

        /** Where the part that was sent begins. */
        long start() {
            String range = answer.headers().firstValue("Content-Range").orElse("");
            return range.matches("bytes \\d{1,18}-.*") ? Long.parseLong(range.substring(6, range.indexOf('-'))) : -1;
        }
    }

    /** A body read piece by piece, with a limit on how long each may take: the JDK has none. */
    static final class Body implements Flow.Subscriber<List<ByteBuffer>>, AutoCloseable {

        /** Neither: the end. */
        private record Event(List<ByteBuffer> buffers, Throwable error) {}

        private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        private Flow.Subscription subscription;
        private boolean closed;

        @Override
        public synchronized void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            if (closed) {
                subscription.cancel();
            } else {
                subscription.request(1);
            }
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            events.add(new Event(buffers, null));
        }

        @Override
        public void onError(Throwable error) {
            events.add(new Event(null, error));
        }

        @Override
        public void onComplete() {
            events.add(new Event(null, null));
        }

        /** The next piece, empty at the end. */
        Optional<List<ByteBuffer>> next(Duration timeout) throws IOException, InterruptedException {
            Event event = events.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (event == null) {
                throw nothingArrived(timeout);
            }
            if (event.error() != null) {
                throw new IOException("the connection was cut: " + event.error().getMessage(), event.error());
            }
            if (event.buffers() != null) {
                requestNext();
            }
            return Optional.ofNullable(event.buffers());
        }

        byte[] bytes(int max, Duration timeout) throws IOException, InterruptedException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (Optional<List<ByteBuffer>> next = next(timeout); next.isPresent(); next = next(timeout)) {
                for (ByteBuffer buffer : next.get()) {
                    byte[] part = new byte[buffer.remaining()];
                    buffer.get(part);
                    bytes.writeBytes(part);
                }
                if (bytes.size() > max) {
                    throw new CheckpointException("an answer of the hub has more than %,d bytes".formatted(max));
                }
            }
            return bytes.toByteArray();
        }

        private synchronized void requestNext() {
            subscription.request(1);
        }

        /** The client may subscribe later than it hands the answer out. */
        @Override
        public synchronized void close() {
            closed = true;
            if (subscription != null) {
                subscription.cancel();
            }
        }
    }
}

package dev.rapid4j.internal.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A local server that behaves like the hub towards one model, and one data set of the same name: large files live on a
 * second server, to which the first redirects, and are known by their SHA-256; the others are served directly and known
 * by their git hash.
 */
final class FakeHub implements AutoCloseable {

    static final String ID = "lighthouse/tiny";
    private static final int SLOW_PIECE = 1000;

    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** A request as {@code GET /path}, with what of its headers matters. */
    record Request(String line, String authorization, String range, String host) {}

    final Map<String, byte[]> files = new TreeMap<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();

    /** What the storage sends in the place of the file. */
    volatile byte[] storedInstead;

    /** The connection is cut after so many bytes, as often as {@link #cuts} says. */
    volatile int cutAfter;

    volatile int cuts;

    /** Whether every other cut comes a byte later. */
    volatile boolean cutsVary;

    volatile int failures;
    volatile boolean ignoresRanges;
    volatile boolean stalls;

    /** The storage takes requests and answers none. */
    volatile boolean silent;

    /** Only names are listed, and ETags are marks of its own that look like hashes of git, as some mirrors do it. */
    volatile boolean mirror;

    /** What is asked for starting so, a login page is sent for. */
    volatile String loginPageFor;

    /** How many must ask the storage for one file before any is sent, slowly, its bytes. */
    volatile CountDownLatch together = new CountDownLatch(0);

    volatile boolean slow;
    volatile int status = 200;
    volatile String errorCode = "";
    volatile String commit = COMMIT;
    private final HttpServer hub;
    private final HttpServer storage;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    FakeHub() throws IOException {
        hub = start("127.0.0.1", this::serveHub);
        storage = start("127.0.0.1", this::serveStorage);
    }

    private HttpServer start(String host, com.sun.net.httpserver.HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), 0), 0);
        server.createContext("/", exchange -> {
            requests.add(new Request(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Range"),
                    exchange.getLocalAddress().getPort() == hubPort() ? "hub" : "storage"));
            try (exchange) {
                handler.handle(exchange);
            }
        });
        server.setExecutor(threads);
        server.start();
        return server;
    }

    private int hubPort() {
        return hub == null ? -1 : hub.getAddress().getPort();
    }

    String endpoint() {
        return "http://127.0.0.1:" + hub.getAddress().getPort();
    }

    long count(String start) {
        return requests.stream()
                .filter(request -> request.line().startsWith(start))
                .count();
    }

    static String sha256(byte[] content) {
        return hash("SHA-256", content);
    }

    static String gitHash(byte[] content) {
        byte[] prefix = ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(prefix, prefix.length + content.length);
        System.arraycopy(content, 0, all, prefix.length, content.length);
        return hash("SHA-1", all);
    }

    /** The SHA-1 of the bytes alone. */
    static String mark(byte[] content) {
        return hash("SHA-1", content);
    }

    private static String hash(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void serveHub(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        if (loginPageFor != null && (exchange.getRequestMethod() + " " + path).startsWith(loginPageFor)) {
            byte[] page = "\n<!DOCTYPE html><title>Log in</title>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, exchange.getRequestMethod().equals("HEAD") ? -1 : page.length);
            exchange.getResponseBody().write(page);
        } else if (failures > 0) {
            failures--;
            exchange.sendResponseHeaders(503, -1);
        } else if (status != 200) {
            exchange.getResponseHeaders().set("X-Error-Code", errorCode);
            exchange.sendResponseHeaders(status, -1);
        } else if (path.matches("/api/(models|datasets)/" + ID + "/revision/.*")) {
            boolean contents =
                    !mirror && "blobs=true".equals(exchange.getRequestURI().getQuery());
            String siblings = files.keySet().stream()
                    .map(name -> "{\"rfilename\":\"" + name + "\"" + (contents ? blob(name) : "") + "}")
                    .collect(Collectors.joining(","));
            sendJson(exchange, "{\"id\":\"" + ID + "\",\"sha\":\"" + commit + "\",\"siblings\":[" + siblings + "]}");
        } else if (path.matches("/api/(models|datasets)/" + ID + "/tree/.*")) {
            sendJson(exchange, files.keySet().stream().map(this::treeEntry).collect(Collectors.joining(",", "[", "]")));
        } else if (path.matches("(/datasets)?" + files() + ".*")) {
            serveFile(exchange, path.substring(path.indexOf(files()) + files().length()));
        } else {
            exchange.sendResponseHeaders(404, -1);
        }
    }

    private static void sendJson(HttpExchange exchange, String text) throws IOException {
        byte[] json = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, json.length);
        exchange.getResponseBody().write(json);
    }

    private String blob(String name) {
        byte[] content = files.get(name);
        return isLarge(name)
                // the size and the hash of the pointer stand beside those of the file
                ? ",\"size\":%d,\"blobId\":\"%s\",\"lfs\":{\"size\":%1$d,\"sha256\":\"%s\",\"pointerSize\":135}"
                        .formatted(content.length, "9".repeat(40), sha256(content))
                : ",\"size\":%d,\"blobId\":\"%s\"".formatted(content.length, gitHash(content));
    }

    private String treeEntry(String name) {
        byte[] content = files.get(name);
        return "{\"type\":\"file\",\"path\":\"%s\",\"size\":%d,\"oid\":\"%s\"%s}"
                .formatted(
                        name,
                        content.length,
                        gitHash(content),
                        isLarge(name)
                                ? ",\"lfs\":{\"oid\":\"%s\",\"size\":%d,\"pointerSize\":135}"
                                        .formatted(sha256(content), content.length)
                                : "");
    }

    private static boolean isLarge(String name) {
        return name.matches(".*\\.(safetensors|bin|pt|jsonl|gguf)");
    }

    private String files() {
        return "/" + ID + "/resolve/" + commit + "/";
    }

    private void serveFile(HttpExchange exchange, String name) throws IOException {
        byte[] content = files.get(URI.create(name).getPath());
        exchange.getResponseHeaders().set("X-Repo-Commit", commit);
        if (isLarge(name) && !mirror) {
            exchange.getResponseHeaders().set("X-Linked-Etag", '"' + sha256(content) + '"');
            exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.length));
            exchange.getResponseHeaders()
                    .set("Location", "http://127.0.0.1:" + storage.getAddress().getPort() + "/" + name);
            exchange.sendResponseHeaders(302, -1);
            return;
        }
        exchange.getResponseHeaders().set("ETag", '"' + (mirror ? mark(content) : gitHash(content)) + '"');
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
            exchange.sendResponseHeaders(200, -1);
        } else {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
        }
    }

    private void serveStorage(HttpExchange exchange) throws IOException {
        if (silent) {
            sleep(10_000);
        }
        byte[] content = files.get(exchange.getRequestURI().getPath().substring(1));
        if (storedInstead != null) {
            content = storedInstead;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        int start = 0;
        if (range != null && !ignoresRanges) {
            start = Integer.parseInt(range.replaceAll("\\D", ""));
            if (start >= content.length) {
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(start, content.length - 1, content.length));
        }
        exchange.sendResponseHeaders(start > 0 ? 206 : 200, content.length - start);
        OutputStream body = exchange.getResponseBody();
        if (stalls) {
            body.write(content, start, start == 0 ? 100 : 0);
            body.flush();
            sleep(10_000);
        } else if (cuts > 0) {
            cuts--;
            body.write(content, start, cutAfter + (cutsVary ? cuts % 2 : 0));
            body.flush();
            // closing the exchange with bytes owed cuts the connection
        } else if (slow) {
            awaitOthers();
            for (int done = start; done < content.length; done += SLOW_PIECE) {
                body.write(content, done, Math.min(SLOW_PIECE, content.length - done));
                body.flush();
                sleep(1);
            }
        } else {
            body.write(content, start, content.length - start);
        }
    }

    private void awaitOthers() {
        try {
            together.countDown();
            together.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}

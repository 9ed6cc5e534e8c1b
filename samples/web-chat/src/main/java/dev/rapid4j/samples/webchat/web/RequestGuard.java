package dev.rapid4j.samples.webchat.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Keeps pages of other sites, open in the same browser, from using an application that trusts whoever can reach it: a
 * request must name the application by an address or a known name (a name of the attacker's that leads here is how DNS
 * rebinding works), and must not come from another site's page.
 */
final class RequestGuard extends OncePerRequestFilter {

    /** Scripts, styles and connections only from here, nothing inline, no frames. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'";

    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[[0-9a-f:.]+]");
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");
    private static final Set<String> OWN_PAGES = Set.of("same-origin", "none");

    private final List<String> allowedHosts;

    /** @param allowedHosts names of the application besides localhost */
    RequestGuard(List<String> allowedHosts) {
        this.allowedHosts = allowedHosts;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        // documents and answers are nothing for a disk; the page is to be the server's, also after an update
        response.setHeader(
                HttpHeaders.CACHE_CONTROL, request.getRequestURI().startsWith("/api/") ? "no-store" : "no-cache");
        if (!hostIsKnown(request)) {
            refuse(
                    response,
                    "Unknown host name",
                    "Use localhost or the server's address, or list the name in web-chat.allowed-hosts.");
        } else if (!comesFromOwnPage(request)) {
            refuse(response, "Request from another site", "Only the application's own page may use it from a browser.");
        } else {
            chain.doFilter(request, response);
        }
    }

    private boolean hostIsKnown(HttpServletRequest request) {
        String header = request.getHeader(HttpHeaders.HOST);
        if (header == null) {
            return false;
        }
        String host = PORT.matcher(header).replaceFirst("").toLowerCase(Locale.ROOT);
        return host.equals("localhost")
                || ADDRESS.matcher(host).matches()
                || allowedHosts.stream().anyMatch(host::equalsIgnoreCase);
    }

    /** Programs that are no browsers send none of these headers. */
    private static boolean comesFromOwnPage(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        boolean linked = "navigate".equals(request.getHeader("Sec-Fetch-Mode")) && "GET".equals(request.getMethod());
        if (site != null && !OWN_PAGES.contains(site) && !linked) {
            return false;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin == null || request.getHeader(HttpHeaders.HOST).equalsIgnoreCase(authority(origin));
    }

    private static String authority(String origin) {
        try {
            return URI.create(origin).getRawAuthority();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void refuse(HttpServletResponse response, String title, String detail) throws IOException {
        response.setStatus(HttpServletResponse.SC_FORBIDDEN);
        response.setContentType("application/problem+json");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write("{\"title\":\"%s\",\"detail\":\"%s\",\"status\":403}".formatted(title, detail));
    }
}

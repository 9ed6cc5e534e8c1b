package dev.rapid4j.samples.webchat.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class RequestGuardTest {

    private static final String HOST = "localhost:8080";
    private final RequestGuard guard = new RequestGuard(List.of("chat.example"));

    private static MockHttpServletRequest request(String method, String host) {
        MockHttpServletRequest request = new MockHttpServletRequest(method, "/api/conversations");
        request.addHeader("Host", host);
        return request;
    }

    private static MockHttpServletRequest with(MockHttpServletRequest request, String... headers) {
        for (int i = 0; i < headers.length; i += 2) {
            request.addHeader(headers[i], headers[i + 1]);
        }
        return request;
    }

    private MockHttpServletResponse filter(MockHttpServletRequest request) throws Exception {
        MockHttpServletResponse response = new MockHttpServletResponse();
        MockFilterChain chain = new MockFilterChain();
        guard.doFilter(request, response, chain);
        assertThat(chain.getRequest() != null).isEqualTo(response.getStatus() == 200);
        return response;
    }

    private boolean passes(MockHttpServletRequest request) throws Exception {
        return filter(request).getStatus() == 200;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:8080",
                "LOCALHOST:8080",
                "127.0.0.1:8080",
                "[::1]:8080",
                "192.168.1.7",
                "Chat.Example:443"
            })
    void knownNamesAndAddressesPass(String host) throws Exception {
        assertThat(passes(request("POST", host))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::1].evil.example"
            })
    void namesThatMayHaveBeenMadeToLeadHereDoNot(String host) throws Exception {
        MockHttpServletResponse response = filter(request("GET", host));
        assertThat(response.getStatus()).isEqualTo(403);
        assertThat(response.getContentType()).startsWith("application/problem+json");
        assertThat(response.getContentAsString()).contains("web-chat.allowed-hosts");
    }

    @Test
    void pagesOfOtherSitesDoNot() throws Exception {
        for (String method : List.of("GET", "POST", "DELETE")) {
            assertThat(passes(with(request(method, HOST), "Sec-Fetch-Site", "cross-site")))
                    .isFalse();
            assertThat(passes(with(request(method, HOST), "Sec-Fetch-Site", "same-site")))
                    .isFalse();
            assertThat(passes(with(request(method, HOST), "Origin", "http://evil.example")))
                    .isFalse();
            assertThat(passes(with(request(method, HOST), "Origin", "http://localhost:3000")))
                    .isFalse();
            assertThat(passes(with(request(method, HOST), "Origin", "null"))).isFalse();
        }
        assertThat(passes(with(request("POST", HOST), "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")))
                .isFalse();
    }

    @Test
    void theOwnPageLinksAndProgramsDo() throws Exception {
        assertThat(passes(with(
                        request("POST", HOST), "Sec-Fetch-Site", "same-origin", "Origin", "http://localhost:8080")))
                .isTrue();
        assertThat(passes(with(request("GET", HOST), "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")))
                .isTrue();
        assertThat(passes(request("POST", HOST))).isTrue();
    }

    @Test
    void pagesMayNotLoadOrBeFramedByAnythingElse() throws Exception {
        MockHttpServletResponse response = filter(request("GET", HOST));
        assertThat(response.getHeader("Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(response.getHeader("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(response.getHeader("Referrer-Policy")).isEqualTo("no-referrer");
    }
}

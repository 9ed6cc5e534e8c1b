package dev.rapid4j.samples.webchat;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;

/** Questions to one's own documents in the browser, with a view of what drafter and target do. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class WebChat {

    private static final Logger LOG = LoggerFactory.getLogger(WebChat.class);

    public static void main(String[] arguments) {
        SpringApplication.run(WebChat.class, arguments);
    }

    @EventListener
    void announce(WebServerInitializedEvent started) {
        String host = started.getApplicationContext().getEnvironment().getProperty("server.address", "localhost");
        LOG.info("Open http://{}:{}/ in a browser", host, started.getWebServer().getPort());
    }
}

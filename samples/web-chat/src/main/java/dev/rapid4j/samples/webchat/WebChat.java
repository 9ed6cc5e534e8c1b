package dev.rapid4j.samples.webchat;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** Questions to one's own documents in the browser, with a view of what drafter and target do. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class WebChat {

    public static void main(String[] arguments) {
        SpringApplication.run(WebChat.class, arguments);
    }
}

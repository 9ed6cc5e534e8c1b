package dev.rapid4j.samples.webchat;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Questions to one's own documents in the browser, with a view of what drafter and target do. */
@SpringBootApplication
public class WebChat {

    public static void main(String[] arguments) {
        SpringApplication.run(WebChat.class, arguments);
    }
}

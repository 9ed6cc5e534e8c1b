package dev.rapid4j.samples.webchat.openai;

import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.springframework.boot.tomcat.TomcatConnectorCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the protocol needs of the web server. */
@Configuration(proxyBeanMethods = false)
class OpenAiConfiguration {

    /** Names of models of the hub have a slash, which clients write as {@code %2F} and Tomcat refuses by default. */
    @Bean
    TomcatConnectorCustomizer slashesInModelNames() {
        return connector -> connector.setEncodedSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
    }
}

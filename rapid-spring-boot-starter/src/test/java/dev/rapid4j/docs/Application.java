package dev.rapid4j.docs;

import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class Application {

    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }

    @Bean
    CommandLineRunner ask(Assistant assistant) {
        return arguments -> System.out.println(
                assistant.answer(Files.readString(Path.of("minutes.txt")), "What was decided in March?"));
    }
}

package dev.rapid4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapid4j.spi.RapidChatModelBuilderFactory;
import dev.rapid4j.spi.RapidEmbeddingModelBuilderFactory;
import dev.rapid4j.spi.RapidStreamingChatModelBuilderFactory;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As a framework replaces the builders of LangChain4j's other modules. */
class BuilderFactoriesTest {

    /** What it does is the framework's. */
    public static final class ChatModelFactory implements RapidChatModelBuilderFactory {

        static final class Framework extends RapidChatModel.Builder {}

        @Override
        public RapidChatModel.Builder get() {
            return new Framework();
        }
    }

    public static final class StreamingChatModelFactory implements RapidStreamingChatModelBuilderFactory {

        static final class Framework extends RapidStreamingChatModel.Builder {}

        @Override
        public RapidStreamingChatModel.Builder get() {
            return new Framework();
        }
    }

    public static final class EmbeddingModelFactory implements RapidEmbeddingModelBuilderFactory {

        static final class Framework extends RapidEmbeddingModel.Builder {}

        @Override
        public RapidEmbeddingModel.Builder get() {
            return new Framework();
        }
    }

    @Test
    void aFactoryOnTheClassPathMakesTheBuilders(@TempDir Path classPath) throws Exception {
        Path services = Files.createDirectories(classPath.resolve("META-INF/services"));
        register(services, RapidChatModelBuilderFactory.class, ChatModelFactory.class);
        register(services, RapidStreamingChatModelBuilderFactory.class, StreamingChatModelFactory.class);
        register(services, RapidEmbeddingModelBuilderFactory.class, EmbeddingModelFactory.class);

        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classPath.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            assertThat(RapidChatModel.builder()).isInstanceOf(ChatModelFactory.Framework.class);
            assertThat(RapidStreamingChatModel.builder()).isInstanceOf(StreamingChatModelFactory.Framework.class);
            assertThat(RapidEmbeddingModel.builder()).isInstanceOf(EmbeddingModelFactory.Framework.class);
        } finally {
            thread.setContextClassLoader(before);
        }
        assertThat(RapidChatModel.builder()).isExactlyInstanceOf(RapidChatModel.Builder.class);
    }

    private static void register(Path services, Class<?> service, Class<? extends Supplier<?>> provider)
            throws Exception {
        Files.writeString(services.resolve(service.getName()), provider.getName());
    }
}

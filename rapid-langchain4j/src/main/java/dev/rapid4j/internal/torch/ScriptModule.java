package dev.rapid4j.internal.torch;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.rapid4j.TorchException;
import dev.rapid4j.TorchException.Problem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript program: a class of methods over tensors, compiled by libtorch from the source text that lies beside
 * this class as a resource. Programs hold no state; tensors are passed to every call. Safe to use from several threads.
 *
 * <p>Only the typed programs of this package call methods by their names.
 */
final class ScriptModule {

    private static final Map<String, ScriptModule> LOADED = new ConcurrentHashMap<>();

    /** Programs that {@code blocks.py} is a part of. */
    private static final Set<String> READ_BLOCKS = Set.of("Decoder", "Weights");

    private static final Pattern ERROR = Pattern.compile("(?m)^([\\w.]+Error): ");

    /** What a program raises where a network's results are no numbers. */
    private static final String NOT_FINITE = "rapid.NotFiniteError";

    /** What an 8-bit product says of activations that are NaN, of which it finds no range. */
    private static final String NO_RANGE = "In ChooseQuantizationParams, min should be less than or equal to max";

    private final String name;
    private final PtSymbolBlock module;

    private ScriptModule(String name, PtSymbolBlock module) {
        this.name = name;
        this.module = module;
    }

    /**
     * A program, loaded at the first call and for the lifetime of the JVM; a failure there is reported each time.
     *
     * @param className the class in {@code NAME.py} whose methods can be called; the file is a resource in this package
     * @throws TorchException if libtorch does not accept the source text; the message has its position
     */
    static ScriptModule load(String className) {
        return LOADED.computeIfAbsent(className, name -> compile(name, source(name)));
    }

    /**
     * A program as {@code torch.jit.load} reads it, for use outside this JVM; the engine is not started.
     *
     * @param className as for {@link #load}
     * @throws TorchException if there is no such program
     */
    static byte[] archive(String className) {
        try {
            return archive(className, source(className));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ScriptModule compile(String className, String source) {
        Torch.engine();
        return Torch.calls().call(() -> compiled(className, source));
    }

    private static ScriptModule compiled(String className, String source) {
        // the manager lives as long as the program, that is, as long as the JVM
        PtNDManager manager = (PtNDManager) Torch.engine().newBaseManager(ai.djl.Device.cpu());
        try {
            byte[] archive = archive(className, source);
            return new ScriptModule(
                    className, JniUtils.loadModule(manager, new ByteArrayInputStream(archive), false, false));
        } catch (EngineException | IOException e) {
            manager.close();
            throw new TorchException("Program " + className + ": " + e.getMessage(), e);
        }
    }

    /**
     * Calls a method. Nothing is recorded for differentiation.
     *
     * @param arguments {@link NativeValue}, {@link Handle}, {@code Integer}, {@code Long}, {@code Double},
     *     {@code Boolean}, {@code String}, {@code int[]}, {@code long[]} or {@code double[]}; lists of numbers must not
     *     be empty where the method expects floating-point ones
     * @return what the method returned, to be closed by the caller
     * @throws TorchException if the arguments do not fit or an operator failed, with the operator's message, or the JVM
     *     is shutting down; of {@link Problem#NOT_FINITE} if the program found that
     * @throws IllegalStateException if an argument has been closed
     */
    NativeValue run(String method, Object... arguments) {
        return Torch.calls().call(() -> runNative(method, arguments));
    }

    private NativeValue runNative(String method, Object[] arguments) {
        IValue[] inputs = new IValue[arguments.length];
        int ready = 0;
        try {
            for (; ready < arguments.length; ready++) {
                inputs[ready] = toNative(arguments[ready]);
            }
            // A thread-local switch of libtorch: optimising would make the first calls of each new shape slow.
            JniUtils.setGraphExecutorOptimize(false);
            Torch.useThreads();
            return new NativeValue(IValueUtils.runMethod(module, method, inputs));
        } catch (EngineException e) {
            throw failure(method, e);
        } finally {
            for (int i = 0; i < ready; i++) {
                if (arguments[i] instanceof NativeValue value) {
                    value.release();
                } else if (arguments[i] instanceof Handle handle) {
                    handle.value().release();
                } else {
                    inputs[i].close();
                }
            }
        }
    }

    /** What an operator says comes last, behind the lines of the program that led to it; the cause has them all. */
    private TorchException failure(String method, EngineException cause) {
        Matcher error = ERROR.matcher(cause.getMessage());
        String last = cause.getMessage();
        String type = "";
        while (error.find()) {
            last = cause.getMessage().substring(error.start()).strip();
            type = error.group(1);
        }
        return new TorchException(
                type.equals(NOT_FINITE) || last.contains(NO_RANGE) ? Problem.NOT_FINITE : Problem.FAILED,
                "Program " + name + "." + method + ": " + last,
                cause);
    }

    private static IValue toNative(Object argument) {
        if (argument instanceof NativeValue value) {
            return value.acquire();
        } else if (argument instanceof Handle handle) {
            return handle.value().acquire();
        } else if (argument instanceof Integer number) {
            return IValue.from(number.longValue());
        } else if (argument instanceof Long number) {
            return IValue.from(number);
        } else if (argument instanceof Double number) {
            return IValue.from(number);
        } else if (argument instanceof Boolean flag) {
            return IValue.from(flag);
        } else if (argument instanceof String text) {
            return IValue.from(text);
        } else if (argument instanceof double[] numbers) {
            return IValue.listFrom(numbers);
        } else if (argument instanceof long[] numbers) {
            return IValue.listFrom(numbers);
        } else if (argument instanceof int[] numbers) {
            long[] longs = new long[numbers.length];
            for (int i = 0; i < longs.length; i++) {
                longs[i] = numbers[i];
            }
            return IValue.listFrom(longs);
        }
        throw new IllegalArgumentException("A program cannot take "
                + (argument == null ? "null" : "a " + argument.getClass().getName()));
    }

    /** The source text of a program, whole. */
    static String source(String className) {
        String file = className.toLowerCase(Locale.ROOT) + ".py";
        return READ_BLOCKS.contains(className) ? resource("blocks.py") + "\n\n" + resource(file) : resource(file);
    }

    private static String resource(String file) {
        try (InputStream in = ScriptModule.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new TorchException("The program " + file + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The archive that {@code torch.jit.load} reads, made from source text: an uncompressed zip whose pickle says "an
     * instance of the class, with its two standard attributes unset".
     */
    static byte[] archive(String className, String source) throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(ascii("\u0080\u0002c__torch__\n" + className + "\n)\u0081}("));
        pickle.write(ascii("X\u0008\0\0\0training\u0089"));
        pickle.write(ascii("X\u0016\0\0\0_is_full_backward_hookN"));
        pickle.write(ascii("ub."));

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            store(zip, "m/data.pkl", pickle.toByteArray());
            store(zip, "m/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
            store(zip, "m/constants.pkl", ascii("\u0080\u0002)."));
            store(zip, "m/version", ascii("3\n"));
        }
        return bytes.toByteArray();
    }

    private static byte[] ascii(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void store(ZipOutputStream zip, String path, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(path);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}

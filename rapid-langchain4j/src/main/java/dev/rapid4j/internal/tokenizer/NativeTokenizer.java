package dev.rapid4j.internal.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.rapid4j.TorchStartException;
import dev.rapid4j.internal.text.Characters;
import dev.rapid4j.internal.text.NativeLibraries;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;

/**
 * One tokenizer of the native library. DJL's {@code HuggingFaceTokenizer} is passed by: it reports each use to its
 * makers, truncates to 512 tokens unless told not to, and copies offsets and strings of every token.
 */
final class NativeTokenizer implements AutoCloseable {

    static {
        setUnlessGiven("OPT_OUT_TRACKING", "true");
        // without it, DJL downloads a CUDA build of the tokenizers where it finds a GPU
        setUnlessGiven("RUST_FLAVOR", "cpu");
    }

    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private long handle;

    /**
     * {@link #prepare} must have been called once.
     *
     * @throws TorchStartException if the library could not be loaded
     * @throws RuntimeException with the library's message, if it cannot read the JSON
     */
    NativeTokenizer(String json) {
        try {
            LibUtils.checkStatus();
        } catch (RuntimeException | LinkageError e) {
            throw NativeLibraries.tokenizersFailure(e);
        }
        handle = TokenizersLibrary.LIB.createTokenizerFromString(json);
    }

    /**
     * Loads the native library in the background; whether it could be loaded, the constructor tells.
     *
     * @throws TorchStartException if somebody else could have put it where it is loaded from
     */
    static void prepare() {
        NativeLibraries.requireTrustedFolder();
        CompletableFuture.runAsync(LibUtils::checkStatus);
    }

    /** What the native library made of a text, valid only inside {@link #encode}. */
    private static final class NativeEncoding implements AutoCloseable {

        private final long handle;

        NativeEncoding(long handle) {
            this.handle = handle;
        }

        @Override
        public void close() {
            TokenizersLibrary.LIB.deleteEncoding(handle);
        }
    }

    /**
     * Tokens with what they stand for.
     *
     * @param spans for each token the code points it covers, null for one that stands for none
     */
    record Placed(int[] ids, CharSpan[] spans) {}

    /** The ids of a text, without special tokens added. The text must not be long, see {@link PieceEncoder}. */
    int[] encode(String text) {
        return encode(text, encoding -> toInts(TokenizersLibrary.LIB.getTokenIds(encoding)));
    }

    /** As {@link #encode(String)}. */
    Placed encodeWithPlaces(String text) {
        return encode(
                text,
                encoding -> new Placed(
                        toInts(TokenizersLibrary.LIB.getTokenIds(encoding)),
                        TokenizersLibrary.LIB.getTokenCharSpans(encoding)));
    }

    private <T> T encode(String text, LongFunction<T> result) {
        return withHandle(tokenizer -> {
            try (NativeEncoding encoding =
                    new NativeEncoding(TokenizersLibrary.LIB.encode(tokenizer, Characters.wellFormed(text), false))) {
                return result.apply(encoding.handle);
            }
        });
    }

    String decode(int[] ids, boolean skipSpecialTokens) {
        long[] longs = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            longs[i] = ids[i];
        }
        return withHandle(tokenizer -> TokenizersLibrary.LIB.decode(tokenizer, longs, skipSpecialTokens));
    }

    /** @throws IllegalStateException if it is closed */
    void requireOpen() {
        withHandle(tokenizer -> tokenizer);
    }

    /** The native side would read freed memory if a tokenizer were closed while another thread uses it. */
    private <T> T withHandle(LongFunction<T> action) {
        lock.readLock().lock();
        try {
            if (handle == 0) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return action.apply(handle);
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (handle != 0) {
                TokenizersLibrary.LIB.deleteTokenizer(handle);
                handle = 0;
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private static int[] toInts(long[] longs) {
        int[] ints = new int[longs.length];
        for (int i = 0; i < longs.length; i++) {
            ints[i] = Math.toIntExact(longs[i]);
        }
        return ints;
    }

    private static void setUnlessGiven(String name, String value) {
        if (System.getenv(name) == null && System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }
}

package dev.rapid4j.samples.webchat.chat;

import java.time.Duration;

/**
 * How much is kept, and for how long.
 *
 * @param conversations kept at a time
 * @param documents of a conversation
 * @param tokens of a conversation's documents together
 * @param characters of all documents of all conversations together
 * @param questions of a conversation
 * @param expiry of a conversation that nobody uses
 * @param listenerGrace how long an answer goes on that nobody listens to
 */
public record ChatLimits(
        int conversations,
        int documents,
        int tokens,
        long characters,
        int questions,
        Duration expiry,
        Duration listenerGrace) {}

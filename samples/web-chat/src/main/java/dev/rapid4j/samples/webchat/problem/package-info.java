/** What goes wrong, in words for the user. */
package dev.rapid4j.samples.webchat.problem;

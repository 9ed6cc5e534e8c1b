/** The Spring application of docs/spring.md. */
package dev.rapid4j.docs;

/** RAPID's models as beans of a Spring Boot application. */
package dev.rapid4j.spring;

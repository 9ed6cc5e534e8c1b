/** What the starter needs on Spring Boot 3.5 and cannot share with Spring Boot 4. */
package dev.rapid4j.spring.boot3;

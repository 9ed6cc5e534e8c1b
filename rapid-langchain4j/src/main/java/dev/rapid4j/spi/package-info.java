/** For frameworks that bring builders of their own, as with LangChain4j's other modules. */
package dev.rapid4j.spi;

/** Files to text. Files are hostile until proven otherwise. */
package dev.rapid4j.samples.reading;

/** Uploaded files to text. Files are hostile until proven otherwise. */
package dev.rapid4j.samples.webchat.documents;

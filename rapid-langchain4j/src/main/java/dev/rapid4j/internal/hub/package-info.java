/** Repositories of the Hugging Face hub: listing, download, and the cache shared with Python. */
package dev.rapid4j.internal.hub;

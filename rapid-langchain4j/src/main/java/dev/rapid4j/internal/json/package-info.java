/** JSON files of strangers, read with bounds on size and depth. */
package dev.rapid4j.internal.json;

/**
 * A folder of files that can be made anew at any time: found by what they hold, checked before they are used, the least
 * recently used removed. Knows neither models nor texts.
 */
package dev.rapid4j.internal.diskcache;

/**
 * The databases behind the one DataSource that repositories see. Configuration decides which kind
 * it is, so that a later phase swaps it without touching a repository.
 */
@NullMarked
package io.scalingtoolkit.sample.platform.sql;

import org.jspecify.annotations.NullMarked;

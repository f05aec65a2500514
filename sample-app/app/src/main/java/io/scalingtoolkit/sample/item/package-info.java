/**
 * The application data: JSON objects that a user creates, reads, replaces, deletes and lists. Every
 * call sees only the items of the caller.
 */
@NullMarked
package io.scalingtoolkit.sample.item;

import org.jspecify.annotations.NullMarked;

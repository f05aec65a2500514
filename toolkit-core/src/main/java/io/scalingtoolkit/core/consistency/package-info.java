/**
 * What a caller has written and seen, as a value that travels with it. {@link
 * io.scalingtoolkit.core.consistency.ConsistencyScope} collects it inside a process, {@link
 * io.scalingtoolkit.core.consistency.Bookmark} is the value, and {@link
 * io.scalingtoolkit.core.consistency.BookmarkCodec} carries it between processes.
 */
@NullMarked
package io.scalingtoolkit.core.consistency;

import org.jspecify.annotations.NullMarked;

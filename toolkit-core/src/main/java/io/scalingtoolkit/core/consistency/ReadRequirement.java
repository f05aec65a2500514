// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import org.jspecify.annotations.Nullable;

/**
 * What a session asks of the server that is to answer its next read of one source, at one moment.
 *
 * <p>The primary always qualifies. Another server does when it covers {@link #position()} and,
 * while {@link #server()} is not null, is that server. Immutable; a later call of {@link
 * ConsistencyScope#requirement} may return another one.
 */
public sealed interface ReadRequirement permits SourceState {

  /**
   * Returns what the server must cover, or null if it need cover nothing. {@link
   * Position#unresolved()} leaves the primary alone.
   */
  @Nullable Position position();

  /**
   * Returns the time of the latest that was written or seen and whose position is not known, which
   * the first sample of the primary sent later bounds best; meaningless unless {@link #position()}
   * is unresolved.
   */
  long sinceNanos();

  /**
   * Returns the server that the session read from last and whose position at that time is not known
   * here, or null. Any other server but the primary might be behind what was read there.
   */
  @Nullable PositionSource server();

  /** Returns the time of the latest read from {@link #server()}; meaningless while that is null. */
  long serverNanos();
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

/**
 * A way to ask the primary of one source how far it has got, at once.
 *
 * <p>A data source registers one with {@link ConsistencyScope#register}; it is asked when a
 * bookmark has to leave the process while a write is pending. Implementations are thread-safe, may
 * block for a time they bound themselves, and may let concurrent callers share a sample that was
 * sent after the last of them asked.
 */
@FunctionalInterface
public interface PositionSource {

  /**
   * Returns the position of the primary, from a sample sent after this call began.
   *
   * <p>The position covers every write that was committed before the call. If that cannot be had,
   * the call throws; the bookmark then leaves with {@link Position#unresolved()} for this source.
   *
   * @throws InterruptedException if the thread is interrupted while waiting
   * @throws Exception if the primary gives no answer in time
   */
  Position sample() throws Exception;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.Optional;

/**
 * The service interface by which the codec reads the positions of one engine.
 *
 * <p>Name it to {@link BookmarkCodec.Builder#type}, or list it for {@link java.util.ServiceLoader}
 * and have {@link BookmarkCodec.Builder#discoveredTypes} find it. A type whose encoding changes in
 * a way that older processes cannot read takes a new tag: unknown tags are carried through, while
 * an encoding that a known type refuses costs the whole bookmark. Implementations are thread-safe
 * and do not block.
 */
public interface PositionType {

  /** Returns the tag, unique in a process: 1 to 8 characters of {@code a-z} and {@code 0-9}. */
  String tag();

  /**
   * Reads what {@link Position#encode} wrote, or returns empty for anything else.
   *
   * <p>The bytes may come from an attacker. The result is empty for every array that no position
   * encodes to, and memory use is bounded by a small multiple of the length.
   *
   * @param payload 0 to {@value PositionTypes#MAX_PAYLOAD_BYTES} bytes, which the callee may keep
   */
  Optional<Position> decode(byte[] payload);
}

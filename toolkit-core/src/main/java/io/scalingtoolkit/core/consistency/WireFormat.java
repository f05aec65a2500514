// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Version 1 of the encoded bookmark, without its base64; immutable.
 *
 * <p>The layout is drawn in {@code docs/decisions/0004-bookmark-and-its-encoding.md} and pinned by
 * golden values in the tests, because clients hold bookmarks across an upgrade.
 */
final class WireFormat {
  static final int VERSION = 1;
  static final int MAX_ENTRIES = 2048;

  // The first byte: the version in the upper four bits, flags in the lower four. Flags that version
  // 1 does not define are zero, and a reader refuses them otherwise.
  static final int SIGNED = 1;
  static final int EVERY_UNRESOLVED = 2;

  private static final Logger LOG = LoggerFactory.getLogger(WireFormat.class);

  private final PositionTypes types;

  WireFormat(PositionTypes types) {
    this.types = types;
  }

  /** Reads the content, signed or not, that {@code in} stands at the beginning of. */
  Decoded readEntries(WireReader in, boolean everyUnresolved) {
    int count = in.readLength();
    if (in.failed() || count > MAX_ENTRIES || (everyUnresolved && count != 0)) {
      return new Decoded.Ignored(Decoded.Reason.MALFORMED);
    }
    Map<String, Position> positions = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      Decoded.Reason problem = readEntry(in, positions);
      if (problem != null) {
        return new Decoded.Ignored(problem);
      }
    }
    if (!in.atEnd() || positions.size() > Bookmark.MAX_SOURCES) {
      return new Decoded.Ignored(Decoded.Reason.MALFORMED);
    }
    return new Decoded.Accepted(
        everyUnresolved ? Bookmark.unresolved() : Bookmark.ofAll(positions));
  }

  private Decoded.@Nullable Reason readEntry(WireReader in, Map<String, Position> positions) {
    String source = in.readText();
    String tag = in.readText();
    if (in.failed() || !SourceName.isValid(source)) {
      return Decoded.Reason.MALFORMED;
    }
    if (tag.equals(UnresolvedPosition.TAG)) {
      positions.put(source, Position.unresolved());
      return null;
    }
    byte[] payload = in.readBytes(in.readLength());
    if (in.failed()
        || payload.length > PositionTypes.MAX_PAYLOAD_BYTES
        || !PositionTypes.isTag(tag)) {
      return Decoded.Reason.MALFORMED;
    }
    try {
      Optional<Position> position = types.decode(tag, payload);
      if (position.isPresent()) {
        positions.merge(source, position.get(), Position::merge);
        return null;
      }
    } catch (RuntimeException e) {
      LOG.debug("Position type {} threw instead of refusing a payload", tag, e);
    }
    return Decoded.Reason.BAD_POSITION;
  }
}

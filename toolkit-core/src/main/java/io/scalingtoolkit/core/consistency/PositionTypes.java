// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The position types a codec knows, by tag; immutable. */
final class PositionTypes {
  /** The longest encoding of one position that travels, in bytes. */
  static final int MAX_PAYLOAD_BYTES = 2048;

  static final int MAX_TAG_CHARS = 8;

  private final Map<String, PositionType> byTag;

  private PositionTypes(Map<String, PositionType> byTag) {
    this.byTag = byTag;
  }

  static PositionTypes of(Collection<PositionType> types) {
    Map<String, PositionType> byTag = new TreeMap<>();
    for (PositionType type : types) {
      if (!isTag(type.tag())) {
        throw new IllegalArgumentException(
            "position type tag must be 1 to 8 characters of a-z and 0-9, was \""
                + type.tag()
                + "\" in "
                + type.getClass().getName());
      }
      PositionType other = byTag.putIfAbsent(type.tag(), type);
      if (other != null && other.getClass() != type.getClass()) {
        throw new IllegalArgumentException(
            "position type tag must be unique, \""
                + type.tag()
                + "\" is claimed by "
                + other.getClass().getName()
                + " and "
                + type.getClass().getName());
      }
    }
    return new PositionTypes(Map.copyOf(byTag));
  }

  static boolean isTag(String tag) {
    if (tag.isEmpty() || tag.length() > MAX_TAG_CHARS) {
      return false;
    }
    for (int i = 0; i < tag.length(); i++) {
      char c = tag.charAt(i);
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
        return false;
      }
    }
    return true;
  }

  /** Returns the position, opaque if the tag is unknown, or empty if its type refuses it. */
  Optional<Position> decode(String tag, byte[] payload) {
    PositionType type = byTag.get(tag);
    return type == null ? Optional.of(OpaquePosition.of(tag, payload)) : type.decode(payload);
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.KeyCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.cache.interceptor.SimpleKey;

/**
 * Keys of caches that are shared: a letter for the type and the value. A list has the length of
 * each part in front of it, so that no two keys look the same. Immutable.
 */
final class SpringKeyCodec implements KeyCodec<Object> {
  private static final String NO_PARAMETERS = "e:";
  private static final int TYPE = 2;

  @Override
  public String encode(Object key) {
    if (key instanceof String text) {
      return "s:" + wellFormed(text);
    }
    if (key instanceof Long number) {
      return "l:" + number;
    }
    if (key instanceof Integer number) {
      return "i:" + number;
    }
    if (key instanceof Boolean truth) {
      return "b:" + truth;
    }
    if (key instanceof UUID id) {
      return "u:" + id;
    }
    if (key instanceof List<?> parts) {
      StringBuilder text = new StringBuilder("a:");
      for (Object part : parts) {
        String encoded = encode(part);
        text.append(encoded.length()).append(':').append(encoded);
      }
      return text.toString();
    }
    if (SimpleKey.EMPTY.equals(key)) {
      return NO_PARAMETERS;
    }
    throw new IllegalArgumentException(
        ("key must be a String, Long, Integer, Boolean, UUID or a list of those in a cache that is"
                + " shared through Redis, was %s; of several parameters make a list, as in"
                + " key = \"{#a, #b}\"")
            .formatted(key == null ? "null" : key.getClass().getName()));
  }

  /** What UTF-8 has no bytes for would all become the same question mark. */
  private static String wellFormed(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(
          "key must be well-formed Unicode in a cache that is shared through Redis, has a"
              + " surrogate that stands alone");
    }
    return text;
  }

  @Override
  public Object decode(String text) {
    if (text.length() < TYPE || text.charAt(1) != ':') {
      throw new IllegalArgumentException("key must begin with a type, was " + text);
    }
    String value = text.substring(TYPE);
    return switch (text.charAt(0)) {
      case 's' -> value;
      case 'l' -> Long.valueOf(value);
      case 'i' -> Integer.valueOf(value);
      case 'b' -> Boolean.valueOf(value);
      case 'u' -> UUID.fromString(value);
      case 'a' -> parts(value);
      case 'e' -> SimpleKey.EMPTY;
      default -> throw new IllegalArgumentException("key must be of a known type, was " + text);
    };
  }

  private List<Object> parts(String text) {
    List<Object> parts = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int colon = text.indexOf(':', at);
      int end = colon + 1 + Integer.parseInt(text, at, colon, 10);
      parts.add(decode(text.substring(colon + 1, end)));
      at = end;
    }
    return List.copyOf(parts);
  }
}

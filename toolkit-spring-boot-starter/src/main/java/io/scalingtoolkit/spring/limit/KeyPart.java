// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.limit;

import io.scalingtoolkit.spring.InvalidPropertyException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A thing that requests are counted by; immutable.
 *
 * @param kind what it is
 * @param header name of the header, only of that kind
 */
record KeyPart(Kind kind, @Nullable String header) {
  static final KeyPart CUSTOM = new KeyPart(Kind.CUSTOM, null);

  private static final String HEADER = "header:";
  private static final int LONGEST = 64;
  private static final int HASH_BYTES = 16;

  enum Kind {
    IP,
    USER,
    ROUTE,
    HEADER,
    CUSTOM
  }

  /** Reads the parts of a key. */
  static List<KeyPart> parse(String property, List<String> texts) {
    List<KeyPart> parts = new ArrayList<>();
    for (String text : texts) {
      KeyPart part = parse(property, text.strip());
      if (parts.contains(part)) {
        throw new InvalidPropertyException(property, "must not name a part twice", texts);
      }
      parts.add(part);
    }
    if (parts.isEmpty() || (parts.contains(CUSTOM) && parts.size() > 1)) {
      throw new InvalidPropertyException(
          property, "must have at least one part, and custom stands alone", texts);
    }
    return List.copyOf(parts);
  }

  private static KeyPart parse(String property, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith(HEADER)) {
      String name = text.substring(HEADER.length());
      if (name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")) {
        return new KeyPart(Kind.HEADER, name.toLowerCase(Locale.ROOT));
      }
    }
    for (Kind kind : Kind.values()) {
      if (kind != Kind.HEADER && kind.name().toLowerCase(Locale.ROOT).equals(lower)) {
        return new KeyPart(kind, null);
      }
    }
    throw new InvalidPropertyException(
        property, "must be of ip, user, route, header:NAME and custom", text);
  }

  /** Tells whether it is known before the request has gone through security and routing. */
  boolean isKnownEarly() {
    return kind == Kind.IP || kind == Kind.HEADER;
  }

  /** Returns its value, marked so that no value of another kind is the same. */
  String value(RequestFacts facts) {
    return switch (kind) {
      case IP -> "a" + facts.network();
      case ROUTE -> "r" + bounded(facts.route());
      case USER -> {
        String user = facts.user();
        yield user == null ? "a" + facts.network() : "u" + bounded(user);
      }
      case HEADER -> {
        // Always hashed: it may be a secret, which has no place in memory dumps and in Redis.
        String value = facts.header(String.valueOf(header));
        yield value == null ? "a" + facts.network() : "h" + hash(value);
      }
      case CUSTOM -> throw new IllegalStateException("custom keys come from the application");
    };
  }

  /** Returns a text as it is, or its hash where it is so long that a flood would fill memory. */
  static String bounded(String text) {
    return text.length() <= LONGEST && text.indexOf('#') < 0 ? text : "#" + hash(text);
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(Arrays.copyOf(digest, HASH_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}

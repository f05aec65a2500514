// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Judges the path of a request before it is passed on. An instance decodes and tidies a path in its
 * own way, so what could be read in two ways is refused here: a client that resolves its addresses
 * as RFC 3986 says sends none of it. Then the actuator, health excepted, can only be meant in one
 * way, and is not there. Immutable.
 */
enum Target {
  /** May be passed on. */
  OPEN,
  /** Nothing here for anybody who comes through the gateway. */
  HIDDEN,
  /** Not a path that can be read in one way only. */
  MALFORMED;

  private static final String ACTUATOR = "/actuator";
  private static final Pattern HEALTH = Pattern.compile("/actuator/health(/[A-Za-z0-9_-]+){0,4}");

  /** Path and query of RFC 3986; brackets, braces and bars as well, which browsers send. */
  private static final Pattern QUERY = Pattern.compile("[\\x21-\\x7e&&[^#]]*");

  private static final String PATH_MARKS = "/._~-!$&'()*+,=:@";

  private static final Pattern DOTS = Pattern.compile("(.*/)?\\.\\.?(/.*)?");

  /**
   * Judges a request.
   *
   * @param path as it came, not decoded
   * @param query as it came, empty when there is none
   */
  static Target of(String path, String query) {
    if (!isPath(path) || !QUERY.matcher(query).matches()) {
      return MALFORMED;
    }
    String once = decode(path);
    if (once.contains("//")
        || once.indexOf('\\') >= 0
        || once.chars().anyMatch(Character::isISOControl)
        || DOTS.matcher(once).matches()) {
      return MALFORMED;
    }
    boolean actuator = once.toLowerCase(Locale.ROOT).startsWith(ACTUATOR);
    return actuator && !HEALTH.matcher(path).matches() ? HIDDEN : OPEN;
  }

  /**
   * A loop, because a regular expression of this kind needs a stack as deep as the path is long.
   */
  private static boolean isPath(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (i + 2 >= text.length() || !isHex(text.charAt(i + 1)) || !isHex(text.charAt(i + 2))) {
          return false;
        }
      } else if (!isAlphanumeric(c) && PATH_MARKS.indexOf(c) < 0) {
        return false;
      }
    }
    return text.startsWith("/");
  }

  private static boolean isHex(char c) {
    return c < 0x80 && Character.digit(c, 16) >= 0;
  }

  private static boolean isAlphanumeric(char c) {
    return c < 0x80 && Character.isLetterOrDigit(c);
  }

  /** Bytes as characters, which is enough to find ASCII; a plus sign in a path is a plus sign. */
  private static String decode(String path) {
    StringBuilder decoded = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%') {
        byte octet = (byte) Integer.parseInt(path.substring(i + 1, i + 3), 16);
        decoded.append(new String(new byte[] {octet}, StandardCharsets.ISO_8859_1));
        i += 2;
      } else {
        decoded.append(c);
      }
    }
    return decoded.toString();
  }
}

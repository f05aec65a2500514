// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The elements of forwarding headers, the last written first.
 *
 * <p>They are read from the right, because there the trusted proxies have added theirs; whatever a
 * client sent stands to the left of that and cannot change how it is read, not even with a quote
 * that never closes. Confined.
 */
final class Hops {
  private final List<String> lines;
  private final boolean quoted;
  private int line;
  private int end;

  private Hops(List<String> lines, boolean quoted) {
    this.lines = lines;
    this.quoted = quoted;
    line = lines.size();
  }

  static Hops ofForwardedFor(List<String> lines) {
    return new Hops(lines, false);
  }

  static Hops ofForwarded(List<String> lines) {
    return new Hops(lines, true);
  }

  /** Returns the next element to the left, without spaces around it and not empty, or null. */
  @Nullable String next() {
    while (true) {
      while (end <= 0) {
        if (line == 0) {
          return null;
        }
        end = lines.get(--line).length();
      }
      String text = lines.get(line);
      int comma = commaBefore(text, end);
      String element = text.substring(comma + 1, end).strip();
      end = comma;
      if (!element.isEmpty()) {
        return element;
      }
    }
  }

  /** Returns the address of an element; null if it says none. */
  @Nullable IpAddress address(String element) {
    if (!quoted) {
      return IpAddress.parseNode(element);
    }
    String node = forParameter(element);
    return node == null ? null : IpAddress.parseNode(node);
  }

  private int commaBefore(String text, int from) {
    boolean inside = false;
    for (int i = from - 1; i >= 0; i--) {
      char c = text.charAt(i);
      if (quoted && c == '"') {
        inside = !inside;
      } else if (c == ',' && !inside) {
        return i;
      }
    }
    return -1;
  }

  /** Returns the value of the one parameter {@code for}, or null. */
  private static @Nullable String forParameter(String element) {
    String found = null;
    for (String pair : pairs(element)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        return null;
      }
      if (pair.substring(0, equals).strip().toLowerCase(Locale.ROOT).equals("for")) {
        if (found != null) {
          return null;
        }
        found = unquoted(pair.substring(equals + 1).strip());
        if (found == null) {
          return null;
        }
      }
    }
    return found;
  }

  private static List<String> pairs(String element) {
    List<String> pairs = new ArrayList<>();
    boolean inside = false;
    int start = 0;
    for (int i = 0; i < element.length(); i++) {
      char c = element.charAt(i);
      if (c == '"') {
        inside = !inside;
      } else if (c == ';' && !inside) {
        pairs.add(element.substring(start, i));
        start = i + 1;
      }
    }
    pairs.add(element.substring(start));
    return pairs;
  }

  private static @Nullable String unquoted(String value) {
    if (!value.startsWith("\"")) {
      return value.indexOf('"') < 0 ? value : null;
    }
    boolean closed = value.length() > 1 && value.endsWith("\"");
    String inner = closed ? value.substring(1, value.length() - 1) : "\"";
    return inner.indexOf('"') < 0 && inner.indexOf('\\') < 0 ? inner : null;
  }
}

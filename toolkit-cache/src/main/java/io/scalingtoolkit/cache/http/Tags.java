// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.http;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** The rules for tags, which hold for every header that they may stand in. */
final class Tags {
  static final int LONGEST = 128;

  private Tags() {}

  /**
   * Returns the tags in their order, each once.
   *
   * @throws IllegalArgumentException for one with anything but visible ASCII, with a comma, empty
   *     or too long
   */
  static Set<String> checked(Collection<String> tags) {
    Set<String> checked = new LinkedHashSet<>();
    for (String tag : tags) {
      if (tag.isEmpty() || tag.length() > LONGEST || !tag.chars().allMatch(Tags::isAllowed)) {
        throw new IllegalArgumentException(
            "a tag must be 1 to %d visible ASCII characters without commas, was %s"
                .formatted(LONGEST, quoted(tag)));
      }
      checked.add(tag);
    }
    return Collections.unmodifiableSet(checked);
  }

  private static boolean isAllowed(int character) {
    return character > ' ' && character <= '~' && character != ',';
  }

  /** A tag as it can stand in a message: what would break its line is escaped. */
  private static String quoted(String tag) {
    String start = tag.substring(0, Math.min(tag.length(), LONGEST + 1));
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < start.length(); i++) {
      char each = start.charAt(i);
      if (each >= ' ' && each <= '~') {
        text.append(each);
      } else {
        text.append(String.format("\\u%04x", (int) each));
      }
    }
    return text.append('"').toString();
  }

  /** A List of Strings of RFC 9651: in quotes, with backslashes before quotes and backslashes. */
  static String structured(Collection<String> tags) {
    StringBuilder list = new StringBuilder();
    for (String tag : tags) {
      list.append(list.isEmpty() ? "\"" : ", \"");
      for (int i = 0; i < tag.length(); i++) {
        char each = tag.charAt(i);
        if (each == '"' || each == '\\') {
          list.append('\\');
        }
        list.append(each);
      }
      list.append('"');
    }
    return list.toString();
  }
}

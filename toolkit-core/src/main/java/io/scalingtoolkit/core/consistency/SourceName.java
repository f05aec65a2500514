// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

/**
 * The rule for names of data sources: 1 to 64 characters of letters, digits, dot, dash, underscore.
 */
final class SourceName {
  static final int MAX_CHARS = 64;

  private SourceName() {}

  /** Returns {@code name} if it keeps the rule. */
  static String check(String name) {
    if (!isValid(name)) {
      throw new IllegalArgumentException(
          "source name must be 1 to 64 characters of A-Z, a-z, 0-9, '.', '_' and '-', was \""
              + name
              + "\"");
    }
    return name;
  }

  static boolean isValid(String name) {
    if (name.isEmpty() || name.length() > MAX_CHARS) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (!isNameChar(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Tells whether {@code c} may stand in a source name or in a key id. */
  static boolean isNameChar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}

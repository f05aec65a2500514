// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a password may be: 8 to 256 characters, not one of the best known ones and not the user's
 * own name. There are no rules about kinds of characters (NIST SP 800-63B §5.1.1.2). Immutable.
 *
 * <p>Passwords are normalised to NFKC, as that document recommends: keyboards and input methods
 * produce different code points for what a person takes to be the same character (full-width Latin
 * letters, composed and decomposed accents), and a user must be able to log in from any of them.
 */
public final class PasswordPolicy {

  private static final int SHORTEST = 8;
  private static final int LONGEST = 256;

  private final Set<String> common;

  PasswordPolicy(Set<String> common) {
    this.common = Set.copyOf(common);
  }

  /** Returns the policy with the list that is packaged with the application. */
  static PasswordPolicy packaged() {
    try (InputStream in = PasswordPolicy.class.getResourceAsStream("common-passwords.txt")) {
      if (in == null) {
        throw new IllegalStateException("common-passwords.txt is missing from the class path");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new PasswordPolicy(
          text.lines()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .map(PasswordPolicy::folded)
              .collect(Collectors.toSet()));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("cannot read common-passwords.txt", unreadable);
    }
  }

  /**
   * Finds the rule that a new password breaks.
   *
   * @param password the password as the user gave it
   * @param ownNames the user's e-mail address and user name
   * @return a sentence for the user without the password in it, or null when it may be used
   */
  public @Nullable String violation(String password, String... ownNames) {
    if (password.length() > 2 * LONGEST) {
      return tooLong();
    }
    String normal = normalise(password);
    int length = normal.codePointCount(0, normal.length());
    if (length < SHORTEST) {
      return "must have at least " + SHORTEST + " characters";
    }
    if (length > LONGEST) {
      return tooLong();
    }
    if (!wellFormed(password)) {
      return "must be valid Unicode text";
    }
    String folded = folded(normal);
    if (common.contains(folded)) {
      return "is one of the most common passwords";
    }
    for (String own : ownNames) {
      if (folded.equals(folded(own))) {
        return "must not be the e-mail address or the user name";
      }
    }
    return null;
  }

  /**
   * Says whether a password could be anybody's; longer ones are wrong without hashing them.
   *
   * @param password the password as the caller gave it
   */
  public static boolean hashable(String password) {
    return password.length() <= 2 * LONGEST;
  }

  static String normalise(String password) {
    return Normalizer.normalize(password, Normalizer.Form.NFKC);
  }

  private static String folded(String text) {
    return normalise(text).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }

  private static boolean wellFormed(String text) {
    return text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }

  private static String tooLong() {
    return "must have at most " + LONGEST + " characters";
  }
}

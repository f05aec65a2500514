// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An e-mail address: as the user wrote it, and the key on which it is unique. Immutable.
 *
 * <p>The key is the NFKC and case-folded local part, and the domain in its ASCII (IDNA) form. Local
 * parts are case-sensitive by RFC 5321 §2.4, but no provider in use distinguishes case, and people
 * do not expect it.
 *
 * @param text the address without surrounding white space, at most 254 characters
 * @param key what uniqueness and login compare, at most 255 characters
 */
record EmailAddress(String text, String key) {

  private static final int LONGEST = 254;
  private static final int LONGEST_KEY = 255;
  private static final int LONGEST_LOCAL = 64;
  private static final Pattern LOCAL =
      Pattern.compile("[^\\s\\p{C}\\p{Z}\"(),:;<>@\\[\\]\\\\]+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern DOMAIN =
      Pattern.compile("([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])");

  /**
   * Reads an address.
   *
   * @throws InvalidNameException with the rule it breaks
   */
  static EmailAddress parse(String input) {
    if (input.length() > 2 * LONGEST) {
      throw new InvalidNameException("must have at most " + LONGEST + " characters");
    }
    String text = Normalizer.normalize(input.strip(), Normalizer.Form.NFC);
    if (text.length() > LONGEST) {
      throw new InvalidNameException("must have at most " + LONGEST + " characters");
    }
    int at = text.lastIndexOf('@');
    if (at < 1 || at == text.length() - 1) {
      throw new InvalidNameException("must be an e-mail address such as name@example.org");
    }
    String key = localKey(text.substring(0, at)) + "@" + domainKey(text.substring(at + 1));
    if (key.length() > LONGEST_KEY) {
      throw new InvalidNameException("must have at most " + LONGEST + " characters");
    }
    return new EmailAddress(text, key);
  }

  private static String localKey(String local) {
    String key = CaseFolding.fold(local);
    boolean dots = key.startsWith(".") || key.endsWith(".") || key.contains("..");
    if (dots || key.length() > LONGEST_LOCAL || !LOCAL.matcher(key).matches()) {
      throw new InvalidNameException("has a part before the @ that no mail server accepts");
    }
    return key;
  }

  private static String domainKey(String domain) {
    try {
      String ascii = IDN.toASCII(CaseFolding.fold(domain)).toLowerCase(Locale.ROOT);
      if (DOMAIN.matcher(ascii).matches()) {
        return ascii;
      }
    } catch (IllegalArgumentException notADomain) {
      throw new InvalidNameException("has a part after the @ that is no domain name");
    }
    throw new InvalidNameException("has a part after the @ that is no domain name");
  }

  /** Names the type only: logs hold nothing personal. */
  @Override
  public String toString() {
    return "EmailAddress[…]";
  }
}

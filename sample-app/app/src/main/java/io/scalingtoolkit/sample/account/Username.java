// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A user name: as it is shown, and the key on which it is unique. Immutable.
 *
 * <p>A name has 3 to 100 letters, digits, dots, hyphens and underscores, begins with a letter or
 * digit, and its letters come from one script (or from one of the combinations that Japanese,
 * Korean and Chinese are written with: "highly restrictive" of Unicode TS #39 §5.2, without Latin
 * mixtures). A name that is written only with Cyrillic or Greek letters that look like Latin ones
 * is refused too. It can hold no @, so it never looks like an e-mail address.
 *
 * @param text the name in NFKC
 * @param key what uniqueness and login compare
 */
record Username(String text, String key) {

  private static final int SHORTEST = 3;
  private static final int LONGEST = 100;
  private static final int LONGEST_KEY = 300;

  /** Letters and marks that show as nothing: a name with one would look like a name without. */
  private static final String INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0";

  /** Lower-case letters that most fonts draw like a Latin letter (from confusables.txt). */
  private static final String LIKE_LATIN = "асԁеһіјӏорԛѕԝху" + "αινορυ";

  private static final List<Set<UnicodeScript>> COMBINATIONS =
      List.of(
          EnumSet.of(UnicodeScript.HAN, UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA),
          EnumSet.of(UnicodeScript.HAN, UnicodeScript.HANGUL),
          EnumSet.of(UnicodeScript.HAN, UnicodeScript.BOPOMOFO));

  /**
   * Reads a name.
   *
   * @throws InvalidNameException with the rule it breaks
   */
  static Username parse(String input) {
    if (input.length() > 4 * LONGEST) {
      throw length();
    }
    String text = Normalizer.normalize(input.strip(), Normalizer.Form.NFKC);
    int length = text.codePointCount(0, text.length());
    if (length < SHORTEST || text.length() > LONGEST) {
      throw length();
    }
    if (!text.codePoints().allMatch(Username::isAllowed)) {
      throw new InvalidNameException(
          "may have only letters, digits, dots, hyphens and underscores");
    }
    if (!Character.isLetterOrDigit(text.codePointAt(0))) {
      throw new InvalidNameException("must begin with a letter or digit");
    }
    String key = CaseFolding.fold(text);
    requireOneScript(key);
    if (key.length() > LONGEST_KEY) {
      throw length();
    }
    return new Username(text, key);
  }

  private static boolean isAllowed(int c) {
    if (c == '.' || c == '-' || c == '_') {
      return true;
    }
    int type = Character.getType(c);
    boolean mark = type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
    boolean selector =
        (c >= 0xFE00 && c <= 0xFE0F)
            || (c >= 0xE0100 && c <= 0xE01EF)
            || (c >= 0x180B && c <= 0x180F);
    return (Character.isLetter(c) || type == Character.DECIMAL_DIGIT_NUMBER || mark)
        && !selector
        && INVISIBLE.indexOf(c) < 0;
  }

  private static void requireOneScript(String key) {
    Set<UnicodeScript> scripts = EnumSet.noneOf(UnicodeScript.class);
    key.codePoints().mapToObj(UnicodeScript::of).forEach(scripts::add);
    scripts.remove(UnicodeScript.COMMON);
    scripts.remove(UnicodeScript.INHERITED);
    boolean one =
        scripts.size() <= 1 || COMBINATIONS.stream().anyMatch(c -> c.containsAll(scripts));
    if (!one) {
      throw new InvalidNameException("must not mix letters of several scripts");
    }
    boolean imitates =
        (scripts.contains(UnicodeScript.CYRILLIC) || scripts.contains(UnicodeScript.GREEK))
            && key.codePoints()
                .filter(Character::isLetter)
                .allMatch(letter -> LIKE_LATIN.indexOf(letter) >= 0);
    if (imitates) {
      throw new InvalidNameException("must not imitate Latin letters with those of another script");
    }
  }

  private static InvalidNameException length() {
    return new InvalidNameException(
        "must have between " + SHORTEST + " and " + LONGEST + " characters");
  }

  /** Names the type only: logs hold nothing personal. */
  @Override
  public String toString() {
    return "Username[…]";
  }
}

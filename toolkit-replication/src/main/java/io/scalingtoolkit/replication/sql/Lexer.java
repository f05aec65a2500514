// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.sql;

/**
 * Splits a statement into tokens as the server of the dialect would, and raises {@link #doubtful}
 * where two servers, or two settings of one, would split it differently.
 *
 * <p>Each character is looked at a bounded number of times. Confined.
 */
final class Lexer {
  static final int END = 0;
  static final int WORD = 1;
  static final int QUOTED = 2;
  static final int STRING = 3;
  static final int NUMBER = 4;
  static final int OPEN = 5;
  static final int CLOSE = 6;
  static final int SEMICOLON = 7;
  static final int DOT = 8;
  static final int COMMA = 9;
  static final int CAST = 10;
  static final int ASSIGN = 11;
  static final int USER_VARIABLE = 12;
  static final int SYSTEM_VARIABLE = 13;
  static final int BRACE = 14;
  static final int OTHER = 15;

  /** How a backslash in quotes is read. */
  private enum Backslash {
    PLAIN,
    ESCAPE,
    EITHER
  }

  private static final int LOOKAHEAD = 3;
  private static final byte BLANK = 1;
  private static final byte LETTER = 2;
  private static final byte DIGIT = 3;
  private static final byte PRINTABLE = 4;
  private static final byte[] CLASSES = classes();

  private final char[] text;
  private final int length;
  private final Vocabulary vocabulary;
  private final boolean mysql;
  private final Backslash inStrings;
  private int position;
  private boolean executable;

  private int start;
  private int end;
  private int word;
  private int wordHash;
  private boolean inExecutable;
  private boolean escapeString;
  private boolean doubtful;
  private RouteHint hint = RouteHint.NONE;
  private long shape = 1;

  Lexer(String sql, Vocabulary vocabulary) {
    this.length = sql.length();
    this.text = new char[length + LOOKAHEAD];
    sql.getChars(0, length, text, 0);
    this.vocabulary = vocabulary;
    this.mysql = vocabulary.dialect().isMySqlFamily();
    this.inStrings = mysql || vocabulary.backslashEscapes() ? Backslash.EITHER : Backslash.PLAIN;
    skipTrivia();
  }

  /** Moves to the next token and returns its kind. */
  int next() {
    start = position;
    word = 0;
    inExecutable = executable;
    if (position >= length) {
      end = position;
      return END;
    }
    int kind = token(text[position]);
    end = position;
    mix(kind);
    skipTrivia();
    return kind;
  }

  /** Returns what is known about the current token, which is a word or a quoted name. */
  int word() {
    return word;
  }

  /** Tells whether the current token is a part of an executable comment. */
  boolean inExecutable() {
    return inExecutable;
  }

  /** Tells whether a parenthesis opens right after the current token, blanks aside. */
  boolean opensNext() {
    return text[position] == '(';
  }

  boolean dotNext() {
    return text[position] == '.';
  }

  /** Tells whether nothing stands between the current token and the next. */
  boolean isTight() {
    return end == position;
  }

  boolean isDoubtful() {
    return doubtful;
  }

  RouteHint hint() {
    return hint;
  }

  /** Returns a hash of the tokens so far, in which all literals are alike. */
  long shape() {
    return shape;
  }

  /** Tells whether the current token is the one character {@code c}. */
  boolean is(char c) {
    return text[start] == c && end == start + 1;
  }

  /** Tells whether the current token is a string with backslash escapes by its prefix. */
  boolean isEscapeString() {
    return escapeString;
  }

  private void mix(int kind) {
    int value =
        switch (kind) {
          case WORD, QUOTED -> wordHash;
          case STRING, NUMBER -> NUMBER;
          default -> text[start] == '?' ? NUMBER : ~text[start];
        };
    shape = (shape ^ value) * 0x9E3779B97F4A7C15L;
    shape ^= shape >>> 29;
  }

  private int token(char c) {
    byte characterClass = classOf(c);
    if (characterClass == LETTER) {
      return wordOrEscapeString();
    }
    if (characterClass == DIGIT || (c == '.' && classOf(text[position + 1]) == DIGIT)) {
      return number();
    }
    return switch (c) {
      case '\'' -> string();
      case '"' -> quotedName('"', mysql ? Backslash.EITHER : Backslash.PLAIN);
      case '`' -> mysql ? quotedName('`', Backslash.PLAIN) : single(OTHER);
      case '$' -> dollar();
      case '@' -> mysql ? variable() : single(OTHER);
      case ':' -> colon();
      case '(' -> single(OPEN);
      case ')' -> single(CLOSE);
      case ';' -> single(SEMICOLON);
      case '.' -> single(DOT);
      case ',' -> single(COMMA);
      case '{' -> single(BRACE);
      default -> {
        // No dialect has a use for the rest of the control characters, nor MySQL for brackets.
        doubtful |= characterClass != PRINTABLE || c == '\\' || (mysql && (c == '[' || c == ']'));
        yield single(OTHER);
      }
    };
  }

  private int string() {
    quoted('\'', inStrings);
    escapeString = false;
    return STRING;
  }

  private int single(int kind) {
    position++;
    return kind;
  }

  private int colon() {
    if (text[position + 1] == ':') {
      position += 2;
      return CAST;
    }
    if (text[position + 1] == '=') {
      position += 2;
      return ASSIGN;
    }
    return single(OTHER);
  }

  private int variable() {
    boolean system = text[position + 1] == '@';
    position += system ? 2 : 1;
    return system ? SYSTEM_VARIABLE : USER_VARIABLE;
  }

  private int wordOrEscapeString() {
    int hash = 0;
    int allBits = 0;
    int p = position;
    char c = text[p];
    do {
      hash = 31 * hash + WordTable.lower(c);
      allBits |= c;
      c = text[++p];
    } while (isWordPart(c));
    boolean oneLetter = p == position + 1;
    if (oneLetter && !mysql && c == '\'' && WordTable.lower(text[start]) == 'e') {
      position = p;
      quoted('\'', Backslash.ESCAPE);
      escapeString = true;
      return STRING;
    }
    // U&"..." may spell any name with escapes.
    doubtful |= oneLetter && c == '&' && text[p + 1] == '"' && WordTable.lower(text[start]) == 'u';
    doubtful |= mayBeCut(p - position, allBits);
    position = p;
    wordHash = hash;
    word = vocabulary.word(text, start, p, hash);
    return WORD;
  }

  /** PostgreSQL cuts a name after 63 bytes, so what stands here may name something else. */
  private boolean mayBeCut(int length, int allBits) {
    return !mysql && length > (allBits < 128 ? 63 : 63 / 3);
  }

  /** A number ends where a letter begins in old servers; new ones refuse it: doubt. */
  private int number() {
    int p = position;
    if (text[p] == '0' && isRadix(WordTable.lower(text[p + 1]))) {
      p += 2;
      while (Character.digit(text[p], 16) >= 0) {
        p++;
      }
    } else {
      p = digits(p);
      if (text[p] == '.') {
        p = digits(p + 1);
      }
      if (WordTable.lower(text[p]) == 'e') {
        int exponent = text[p + 1] == '+' || text[p + 1] == '-' ? p + 2 : p + 1;
        if (classOf(text[exponent]) == DIGIT) {
          p = digits(exponent);
        }
      }
    }
    position = p;
    doubtful |= isWordPart(text[p]) || text[p] == '\'' || text[p] == '"';
    return NUMBER;
  }

  private static boolean isRadix(char c) {
    return c == 'x' || c == 'b' || c == 'o';
  }

  private int digits(int from) {
    int p = from;
    while (classOf(text[p]) == DIGIT) {
      p++;
    }
    return p;
  }

  private int quotedName(char quote, Backslash backslash) {
    int from = position + 1;
    if (quoted(quote, backslash)) {
      // The name is not what stands here. Nobody writes that without need.
      doubtful = true;
    }
    int to = Math.max(from, position - 1);
    doubtful |= mayBeCut(to - from, bits(from, to));
    wordHash = WordTable.hash(text, from, to);
    word = vocabulary.word(text, from, to, wordHash);
    return QUOTED;
  }

  private int bits(int from, int to) {
    int all = 0;
    for (int p = from; p < to; p++) {
      all |= text[p];
    }
    return all;
  }

  /** Moves past the closing quote and tells whether a quote in it was doubled. */
  private boolean quoted(char quote, Backslash backslash) {
    boolean doubled = false;
    int p = position + 1;
    while (p < length) {
      char c = text[p];
      if (c == quote) {
        if (text[p + 1] != quote) {
          position = p + 1;
          return doubled;
        }
        doubled = true;
        p += 2;
      } else if (c == '\\' && backslash != Backslash.PLAIN) {
        doubtful |= backslash == Backslash.EITHER && text[p + 1] == quote;
        p += 2;
      } else {
        p++;
      }
    }
    unterminated();
    return doubled;
  }

  private void unterminated() {
    doubtful = true;
    position = length;
  }

  /** PostgreSQL's parameter {@code $1} or quote {@code $tag$...$tag$}. */
  private int dollar() {
    int p = position + 1;
    if (mysql) {
      doubtful = true;
      return single(OTHER);
    }
    if (classOf(text[p]) == DIGIT) {
      position = digits(p);
      doubtful |= isWordPart(text[position]);
      return NUMBER;
    }
    while (classOf(text[p]) == LETTER || classOf(text[p]) == DIGIT) {
      p++;
    }
    if (text[p] != '$') {
      doubtful = true;
      return single(OTHER);
    }
    int tag = p + 1 - position;
    int close = closingTag(p + 1, tag);
    if (close < 0) {
      unterminated();
    } else {
      position = close + tag;
    }
    escapeString = false;
    return STRING;
  }

  private int closingTag(int from, int tag) {
    for (int p = from; p <= length - tag; p++) {
      if (text[p] == '$' && sameTag(p, tag)) {
        return p;
      }
    }
    return -1;
  }

  private boolean sameTag(int at, int tag) {
    for (int i = 1; i < tag; i++) {
      if (text[at + i] != text[position + i]) {
        return false;
      }
    }
    return true;
  }

  private void skipTrivia() {
    while (true) {
      char c = text[position];
      if (classOf(c) == BLANK) {
        position++;
      } else if (c == '-' && text[position + 1] == '-' && isDashComment(text[position + 2])) {
        skipLine();
      } else if (c == '#' && mysql) {
        skipLine();
      } else if (c == '/' && text[position + 1] == '*') {
        blockComment();
      } else if (executable && c == '*' && text[position + 1] == '/') {
        executable = false;
        position += 2;
      } else {
        break;
      }
    }
    doubtful |= executable && position >= length;
  }

  private boolean isDashComment(char after) {
    return !mysql || after <= ' ' || after == 0x7f;
  }

  private void skipLine() {
    // An executable comment could end in this line, or not.
    doubtful |= executable;
    int p = position;
    while (p < length && text[p] != '\n' && (mysql || text[p] != '\r')) {
      p++;
    }
    position = p;
  }

  private void blockComment() {
    doubtful |= executable;
    int from = position + 2;
    if (mysql && isExecutable(from)) {
      executable = true;
      position = digits(text[from] == '!' ? from + 1 : from + 2);
      return;
    }
    int p = from;
    int depth = 1;
    while (p < length) {
      if (text[p] == '*' && text[p + 1] == '/') {
        p += 2;
        if (--depth == 0) {
          position = p;
          remark(from, p - 2);
          return;
        }
      } else if (!mysql && text[p] == '/' && text[p + 1] == '*') {
        depth++;
        p += 2;
      } else {
        p++;
      }
    }
    unterminated();
  }

  private boolean isExecutable(int from) {
    return text[from] == '!' || (text[from] == 'M' && text[from + 1] == '!');
  }

  /** Looks at the inside of a comment: a hint of ours, or of MySQL's optimizer. */
  private void remark(int from, int to) {
    if (mysql && text[from] == '+') {
      // Its quotes may hide the end of the comment, and SET_VAR changes how the server reads.
      String content = WordTable.lower(new String(text, from, to - from));
      doubtful |=
          content.contains("set_var")
              || content.indexOf('`') >= 0
              || content.indexOf('"') >= 0
              || content.indexOf('\'') >= 0;
      return;
    }
    int first = from;
    int last = to;
    while (first < last && classOf(text[first]) == BLANK) {
      first++;
    }
    while (first < last && classOf(text[last - 1]) == BLANK) {
      last--;
    }
    if (text[first] == '@') {
      String name = WordTable.lower(new String(text, first, last - first));
      if (name.equals("@primary")) {
        hint = RouteHint.PRIMARY;
      } else if (name.equals("@replica") && hint == RouteHint.NONE) {
        hint = RouteHint.REPLICA;
      }
    }
  }

  private static boolean isWordPart(char c) {
    byte characterClass = classOf(c);
    return characterClass == LETTER || characterClass == DIGIT || c == '$';
  }

  private static byte classOf(char c) {
    return c < 128 ? CLASSES[c] : LETTER;
  }

  private static byte[] classes() {
    byte[] classes = new byte[128];
    for (char c = '!'; c < 127; c++) {
      classes[c] = PRINTABLE;
    }
    for (char c = 'a'; c <= 'z'; c++) {
      classes[c] = LETTER;
      classes[c - 0x20] = LETTER;
    }
    for (char c = '0'; c <= '9'; c++) {
      classes[c] = DIGIT;
    }
    classes['_'] = LETTER;
    for (char c : new char[] {' ', '\t', '\n', 0x0b, '\f', '\r'}) {
      classes[c] = BLANK;
    }
    return classes;
  }
}

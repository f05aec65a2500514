// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.Locale;

/**
 * One line of what a supervisor answers to a command: a word that says what the line is for, a
 * space, and the text. Immutable.
 *
 * @param kind what the line is for
 * @param text one line, may be empty
 */
record Reply(Kind kind, String text) {

  /** What a line is for. */
  enum Kind {
    /** For people, to be printed as it is. */
    TEXT,
    /** What is being done now, for people. */
    STEP,
    /** A JSON object of the mover. */
    MOVE,
    /** A JSON document of an instance. */
    JSON,
    /** The last line of a command that worked. */
    DONE,
    /** The last line of one that did not: the reason. */
    FAILED
  }

  static Reply text(String text) {
    return new Reply(Kind.TEXT, text);
  }

  static Reply step(String text) {
    return new Reply(Kind.STEP, text);
  }

  static Reply move(String json) {
    return new Reply(Kind.MOVE, json);
  }

  static Reply json(String json) {
    return new Reply(Kind.JSON, json);
  }

  static Reply done(String text) {
    return new Reply(Kind.DONE, text);
  }

  static Reply failed(String reason) {
    return new Reply(Kind.FAILED, reason);
  }

  /** Whether none comes after it. */
  boolean last() {
    return kind == Kind.DONE || kind == Kind.FAILED;
  }

  /** The line, without its end. */
  String line() {
    return kind.name().toLowerCase(Locale.ROOT) + " " + UserError.oneLine(text);
  }

  /**
   * Reads what {@link #line} wrote.
   *
   * @throws IllegalArgumentException when the line begins with another word
   */
  static Reply of(String line) {
    int space = line.indexOf(' ');
    String word = space < 0 ? line : line.substring(0, space);
    for (Kind kind : Kind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(word)) {
        return new Reply(kind, space < 0 ? "" : line.substring(space + 1));
      }
    }
    throw new IllegalArgumentException("a reply must begin with a known word; got " + line);
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a node of a cluster that another one has a slot; immutable.
 *
 * @param once whether only this question is to go there, since the slot is about to move
 */
record Redirect(boolean once, String host, int port) {
  private static final int WORDS = 3;

  /** Returns null if a problem is another one. */
  static @Nullable Redirect in(Throwable problem) {
    Throwable cause = problem instanceof CompletionException ? problem.getCause() : problem;
    String text = cause instanceof RedisCommandExecutionException ? cause.getMessage() : null;
    if (text == null || !(text.startsWith("MOVED ") || text.startsWith("ASK "))) {
      return null;
    }
    String[] words = text.split(" ", -1);
    int colon = words.length < WORDS ? -1 : words[WORDS - 1].lastIndexOf(':');
    return colon < 0
        ? null
        : new Redirect(
            text.startsWith("ASK "),
            words[WORDS - 1].substring(0, colon),
            Integer.parseInt(words[WORDS - 1].substring(colon + 1)));
  }

  /** Tells whether several keys are not in one place, since their slot is about to move. */
  static boolean isSplit(Throwable problem) {
    Throwable cause = problem instanceof CompletionException ? problem.getCause() : problem;
    String text = cause instanceof RedisCommandExecutionException ? cause.getMessage() : null;
    return text != null && text.startsWith("TRYAGAIN");
  }
}

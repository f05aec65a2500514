// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload;

/** How something that was admitted came out; immutable. */
public enum Outcome {
  /** It was answered, well or with an error of the caller's; its latency counts. */
  SUCCESS,
  /**
   * It was given up because of overload: a timeout, a refusal further down, a full queue. Its
   * latency does not count, because refusals are fast; the limit sinks.
   */
  DROPPED,
  /** It says nothing about the load: a long poll, a cached answer, an error at once. */
  IGNORED
}

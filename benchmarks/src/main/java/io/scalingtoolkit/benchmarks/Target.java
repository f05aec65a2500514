// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import java.util.concurrent.CompletableFuture;

/** What a load is put on. Thread-safe. */
interface Target {
  /**
   * Starts one request and returns at once. The result is true when the answer was the right one,
   * false when it was not; an exception counts as a wrong answer too.
   */
  CompletableFuture<Boolean> call(Arrival arrival);
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.overload.downstream;

import io.scalingtoolkit.core.overload.Deadline;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** A hedged call that the caller's thread waits for. */
final class HedgedCall {
  private HedgedCall() {}

  static <T extends @Nullable Object> T run(Hedge hedge, ExecutorService executor, Callable<T> call)
      throws Exception {
    Callable<T> carried = Deadline.wrap(call);
    CompletableFuture<T> winner = hedge.hedged(number -> start(executor, carried));
    try {
      return winner.get();
    } catch (InterruptedException e) {
      winner.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      } else if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Starts an attempt whose thread is interrupted when the result is cancelled. */
  private static <T extends @Nullable Object> CompletableFuture<T> start(
      ExecutorService executor, Callable<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    FutureTask<T> task =
        new FutureTask<>(call) {
          @Override
          protected void done() {
            try {
              result.complete(get());
            } catch (ExecutionException e) {
              Throwable cause = e.getCause();
              result.completeExceptionally(cause == null ? e : cause);
            } catch (CancellationException e) {
              result.cancel(false);
            } catch (InterruptedException e) {
              // It is done, so that get does not wait; the flag may have been set by a late cancel.
              Thread.currentThread().interrupt();
              result.completeExceptionally(e);
            }
          }
        };
    var unused =
        result.whenComplete(
            (answer, problem) -> {
              if (result.isCancelled()) {
                task.cancel(true);
              }
            });
    executor.execute(task);
    return result;
  }
}

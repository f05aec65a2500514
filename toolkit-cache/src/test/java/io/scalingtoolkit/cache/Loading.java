// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A loader that begins when it is asked and ends when it is told. Thread-safe. */
final class Loading implements Loader<String, String> {
  final CountDownLatch begun = new CountDownLatch(1);
  final CountDownLatch release = new CountDownLatch(1);
  final AtomicInteger calls = new AtomicInteger();
  private final String value;

  Loading(String value) {
    this.value = value;
  }

  @Override
  public String load(String key) throws InterruptedException {
    calls.incrementAndGet();
    begun.countDown();
    if (!release.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("nobody let it end");
    }
    return value;
  }

  void awaitBegin() throws InterruptedException {
    if (!begun.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("it did not begin");
    }
  }
}

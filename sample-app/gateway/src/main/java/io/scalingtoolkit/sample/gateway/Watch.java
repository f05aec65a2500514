// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.gateway;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps looking at the file of instances and at the instances, until it is closed. Confined to who
 * creates it; its threads are its own.
 */
final class Watch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final long FILE_MILLIS = 50;

  /**
   * An instance that hangs holds a thread for the time-out of a probe; the others must not wait.
   */
  private static final int THREADS = 4;

  private final ScheduledThreadPoolExecutor threads;
  private final Instances instances;
  private final HealthChecks checks;

  Watch(
      @Nullable InstancesFile file,
      Instances instances,
      HealthChecks checks,
      GatewaySettings settings) {
    this.instances = instances;
    this.checks = checks;
    this.threads = new ScheduledThreadPoolExecutor(THREADS, Watch::daemon);
    threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    if (file != null) {
      file.read();
      every(FILE_MILLIS, file::read);
    }
    every(settings.probeInterval().toMillis(), this::checkAll);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "instance-watch");
    thread.setDaemon(true);
    return thread;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task tells of its failures itself
  private void every(long millis, Runnable work) {
    threads.scheduleWithFixedDelay(() -> loudly(work), 0, millis, TimeUnit.MILLISECONDS);
  }

  private void checkAll() {
    for (Instance instance : instances.all()) {
      threads.execute(() -> loudly(() -> checks.check(instance)));
    }
  }

  /** A scheduled task that throws is never run again, without a word. */
  private static void loudly(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.error("looking after the instances failed; it goes on", e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The base of the JUnit Jupiter extensions that start a cluster for tests.
 *
 * <p>Registered with {@code @RegisterExtension} on a static field, the cluster lives as long as the
 * test class and the classes nested in it; on an instance field, as long as the test (with the
 * per-class life cycle: as long as the class). A test that fails has the logs of all nodes kept,
 * and the exception says where.
 *
 * <p>Extend it once per engine: say how to start, and optionally what to do around each test.
 * Confined to the thread that runs the class; tests that run concurrently may share the cluster of
 * a static field.
 *
 * @param <C> the cluster it starts
 */
public abstract class EngineExtension<C extends EngineCluster>
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  private static final Logger log = LoggerFactory.getLogger(EngineExtension.class);

  private volatile @Nullable C cluster;
  // The classes, nested ones too, whose tests run between their first and last callback. JUnit
  // calls
  // an extension for its class, for every class nested in it and for every subclass of the class
  // that declares it; the cluster goes with the last of them.
  private final Set<String> classes = ConcurrentHashMap.newKeySet();

  /** For subclasses. */
  protected EngineExtension() {}

  /** Starts a cluster and returns when it is ready. */
  protected abstract C start();

  /**
   * Returns why the engine cannot run on this machine, or nothing when it can.
   *
   * <p>A reason makes JUnit skip the tests and print it.
   */
  protected Optional<String> unavailable() {
    return Optional.empty();
  }

  /** Runs before each test, once the cluster is ready. */
  protected void beforeTest(C running, ExtensionContext context) {}

  /** Runs after each test, also a failed one, before the cluster is closed. */
  protected void afterTest(C running, ExtensionContext context) {}

  /**
   * Returns the running cluster.
   *
   * @throws IllegalStateException outside a test, or when the field is not registered
   */
  public final C cluster() {
    C running = cluster;
    if (running == null) {
      throw new IllegalStateException(
          getClass().getSimpleName()
              + " has no running cluster here: register it with @RegisterExtension and use it in"
              + " a test, or in a @BeforeAll method when its field is static");
    }
    return running;
  }

  @Override
  public final void beforeAll(ExtensionContext context) {
    classes.add(context.getUniqueId());
    startIfNeeded();
  }

  @Override
  public final void beforeEach(ExtensionContext context) {
    startIfNeeded();
    beforeTest(cluster(), context);
  }

  @Override
  public final void afterEach(ExtensionContext context) {
    C running = cluster;
    if (running == null) {
      return;
    }
    keepLogsOfFailure(running, context);
    try {
      afterTest(running, context);
    } finally {
      if (classes.isEmpty()) {
        stop(running);
      }
    }
  }

  @Override
  public final void afterAll(ExtensionContext context) {
    classes.remove(context.getUniqueId());
    C running = cluster;
    if (running != null) {
      keepLogsOfFailure(running, context);
      if (classes.isEmpty()) {
        stop(running);
      }
    }
  }

  private synchronized void startIfNeeded() {
    if (cluster == null) {
      Optional<String> reason = unavailable();
      // JUnit keeps the reason in its report; a build's console shows only that tests were skipped.
      reason.ifPresent(line -> log.warn("tests are skipped: {}", line));
      Assumptions.assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
      cluster = start();
    }
  }

  private void stop(C running) {
    cluster = null;
    running.close();
  }

  private static void keepLogsOfFailure(EngineCluster running, ExtensionContext context) {
    Throwable failure = context.getExecutionException().orElse(null);
    if (failure == null || isAborted(failure)) {
      return;
    }
    try {
      String label =
          context.getRequiredTestClass().getSimpleName()
              + context.getTestMethod().map(method -> "." + method.getName()).orElse("");
      Path kept = running.keepLogs(label);
      log.error("engine logs of the failed {} kept in {}", label, kept);
      failure.addSuppressed(new EngineException("engine logs kept in " + kept));
    } catch (EngineException e) {
      failure.addSuppressed(e);
    }
  }

  private static boolean isAborted(Throwable failure) {
    return failure instanceof TestAbortedException;
  }
}

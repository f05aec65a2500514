// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.core.consistency;

import io.scalingtoolkit.core.time.MonotonicClock;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of work on behalf of one caller, in which nothing older is read than was seen before.
 *
 * <p>Open one per request, message or job with try-with-resources, with the bookmark that came in
 * or none. Data sources find it through {@link #current()}, ask it what a replica must cover, and
 * tell it what was read and written. At the end the caller takes {@link #exportBookmark()} along.
 * Without a scope everything still works, each connection being a session of its own.
 *
 * <p>A write leaves a <em>pending</em> position: the time of its commit, on the monotonic clock.
 * The first sample of the primary that is sent later is an upper bound of the write and takes its
 * place ({@link #resolve}), at no round trip of its own. Until then the source is {@linkplain
 * Position#unresolved() unresolved} and its reads belong to the primary.
 *
 * <p>A scope opened inside another joins its session: each has at once seen what the other has seen
 * and the inner one's bookmark is added to both. Closing the inner one makes the outer one current
 * again. Closing the outer one first closes the inner ones too, with a warning in the log. What is
 * recorded after a scope was closed, by work still running on other threads, stays in the session.
 *
 * <p>Thread-safe, except that {@link #close} is for the thread that opened the scope. Only {@link
 * #exportBookmark} may block. A session keeps {@value Bookmark#MAX_SOURCES} sources apart; past
 * that, every source becomes unresolved.
 */
public final class ConsistencyScope implements AutoCloseable {
  private final Session session;
  private final @Nullable ConsistencyScope enclosing;
  private final Thread owner;
  // Read and written by the owner alone.
  private boolean closed;

  private ConsistencyScope(Session session, @Nullable ConsistencyScope enclosing) {
    this.session = session;
    this.enclosing = enclosing;
    this.owner = Thread.currentThread();
  }

  /** Opens a scope for a caller that has seen nothing yet; see {@link #open(Bookmark)}. */
  public static ConsistencyScope open() {
    return open(Bookmark.empty());
  }

  /**
   * Opens a scope for a caller that has seen {@code bookmark} and makes it current on this thread.
   *
   * <p>Its clock is that of the scope around it, or the clock of this process.
   */
  public static ConsistencyScope open(Bookmark bookmark) {
    ConsistencyScope outer = current();
    return open(bookmark, outer == null ? MonotonicClock.system() : outer.session.clock());
  }

  /**
   * Opens a scope on a clock of the caller's choice, which must be the one whose readings {@link
   * #wrote} and {@link #resolve} are given.
   *
   * @throws IllegalArgumentException if there is a scope around it with another clock
   */
  public static ConsistencyScope open(Bookmark bookmark, MonotonicClock clock) {
    Objects.requireNonNull(bookmark, "bookmark");
    Objects.requireNonNull(clock, "clock");
    ConsistencyScope outer = current();
    if (outer != null && outer.session.clock() != clock) {
      throw new IllegalArgumentException(
          "clock must be that of the scope around this one, " + outer.session.clock());
    }
    Session session = outer == null ? new Session(clock) : outer.session;
    session.observe(bookmark);
    ConsistencyScope scope = new ConsistencyScope(session, outer);
    CurrentScope.set(scope);
    return scope;
  }

  /**
   * Returns a scope that is current on no thread, for whoever keeps a session by hand. Closing it
   * is not needed and does nothing.
   *
   * @param clock as for {@link #open(Bookmark, MonotonicClock)}
   */
  public static ConsistencyScope detached(Bookmark bookmark, MonotonicClock clock) {
    Session session = new Session(Objects.requireNonNull(clock, "clock"));
    session.observe(Objects.requireNonNull(bookmark, "bookmark"));
    ConsistencyScope scope = new ConsistencyScope(session, null);
    scope.closed = true;
    return scope;
  }

  /**
   * Opens a scope on this thread that goes on with the session of another one, which may be
   * {@linkplain #detached detached}, of another thread, or closed. Use it where a session outlives
   * a request inside one process; between processes, carry a bookmark.
   */
  public static ConsistencyScope resume(ConsistencyScope other) {
    ConsistencyScope scope = new ConsistencyScope(other.session, current());
    CurrentScope.set(scope);
    return scope;
  }

  /** Returns the scope this thread works in, or null if there is none. */
  public static @Nullable ConsistencyScope current() {
    return CurrentScope.get();
  }

  /**
   * Tells the session how to ask for the position of {@code source}, in place of what it was told
   * before. A data source does this before it reports a write.
   *
   * @throws IllegalArgumentException if {@code source} breaks the rule of {@link Bookmark#of}
   */
  public void register(String source, PositionSource positionSource) {
    session.register(source, Objects.requireNonNull(positionSource, "positionSource"));
  }

  /**
   * Returns what a server of {@code source} must cover to be read from here, or null if it need
   * cover nothing. {@link Position#unresolved()} leaves the primary alone.
   */
  public @Nullable Position position(String source) {
    return session.position(source);
  }

  /**
   * Returns what the server of {@code source} that is to be read from must satisfy. Unlike {@link
   * #position} it lets the server that was read from last qualify while its position is unknown.
   */
  public ReadRequirement requirement(String source) {
    return session.requirement(source);
  }

  /**
   * Records that the caller has seen or written {@code source} up to {@code position}.
   *
   * <p>{@link Position#unresolved()}, and a position that cannot be related to what is known, make
   * the source pending from now on. A data source that finds the known position to be of another
   * cluster or history uses this to have it replaced by a sample.
   *
   * @throws IllegalArgumentException if {@code source} breaks the rule of {@link Bookmark#of}
   */
  public void observe(String source, Position position) {
    session.observe(source, Objects.requireNonNull(position, "position"));
  }

  /** Records that the caller has seen everything in {@code bookmark}. */
  public void observe(Bookmark bookmark) {
    session.observe(Objects.requireNonNull(bookmark, "bookmark"));
  }

  /**
   * Records a commit on the primary of {@code source}, or a read from it that later reads must not
   * fall behind; of several the latest counts.
   *
   * @param nanoTime a reading of this scope's clock, taken after the commit or read was answered
   * @throws IllegalArgumentException if {@code source} breaks the rule of {@link Bookmark#of}
   */
  public void wrote(String source, long nanoTime) {
    session.wrote(source, nanoTime);
  }

  /**
   * Offers a sample of the primary, which takes the place of a pending position that is older.
   *
   * <p>A sample sent no later than the last write changes nothing, nor does one for a source with
   * nothing pending. A sample that cannot be related to what is known leaves the source pending
   * from now on, and the next one replaces what was known.
   *
   * @param sampleSentNanos a reading of this scope's clock, taken before the sample was sent
   * @return whether nothing is pending for {@code source} any more
   */
  public boolean resolve(String source, Position sample, long sampleSentNanos) {
    return session.resolve(source, Objects.requireNonNull(sample, "sample"), sampleSentNanos);
  }

  /**
   * Records a read from a server of {@code source} that is not its primary.
   *
   * <p>Until a sample of that server ({@link #resolveRead}) or of the primary tells how far it had
   * got, it alone qualifies for further reads besides the primary. A read from a second server in
   * that time makes the source pending.
   *
   * @param server the server, compared by identity; a server that restarts is another one. It is
   *     asked for its position when a bookmark has to leave the process
   * @param nanoTime a reading of this scope's clock, taken after the read was answered
   * @throws IllegalArgumentException if {@code source} breaks the rule of {@link Bookmark#of}
   */
  public void readFrom(String source, PositionSource server, long nanoTime) {
    session.readFrom(source, Objects.requireNonNull(server, "server"), nanoTime);
  }

  /**
   * Offers a sample of a server, or of the primary, which bounds what was read from {@code server}
   * before the sample was sent.
   *
   * @param sampleSentNanos a reading of this scope's clock, taken before the sample was sent
   * @return whether nothing read from {@code server} is unknown any more
   */
  public boolean resolveRead(
      String source, PositionSource server, Position sample, long sampleSentNanos) {
    return session.resolveRead(
        source, server, Objects.requireNonNull(sample, "sample"), sampleSentNanos);
  }

  /**
   * Replaces a known position that the primary itself does not cover, such as one of another
   * cluster, or of a history that a failover cut off.
   *
   * @param known what {@link #requirement} returned
   * @param sample the position of the primary, sampled after {@code known} was read
   * @return whether it was replaced; if not, the source has changed meanwhile
   */
  public boolean rebase(String source, Position known, Position sample) {
    return session.rebase(source, known, Objects.requireNonNull(sample, "sample"));
  }

  /**
   * Returns what the caller has seen, without asking anybody: pending sources are unresolved.
   *
   * <p>Use it inside the process, and {@link #exportBookmark()} for what leaves it.
   */
  public Bookmark bookmark() {
    return session.bookmark();
  }

  /**
   * Returns what the caller has seen, after asking the primary of each pending source for a sample.
   *
   * <p>Sources are asked one after the other, each once. One that has no {@link PositionSource} or
   * whose sample fails is unresolved in the result, so that whoever receives it reads from the
   * primary. An interrupt counts as a failure and stays set. It may be called after {@link #close}.
   */
  public Bookmark exportBookmark() {
    return session.exportBookmark();
  }

  /**
   * Ends this scope and makes the one around it current again; a second call does nothing.
   *
   * @throws IllegalStateException if called by another thread than the one that opened the scope;
   *     the scope stays open
   */
  @Override
  public void close() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "a consistency scope must be closed by the thread that opened it, "
              + owner.getName()
              + ", was closed by "
              + Thread.currentThread().getName());
    }
    if (closed) {
      return;
    }
    boolean current = CurrentScope.closeInside(this);
    closed = true;
    if (current) {
      CurrentScope.set(enclosing);
    }
  }

  /** Returns a task that runs in the scope current now, or in none, on whatever thread it runs. */
  public static Runnable wrap(Runnable task) {
    return ScopeCarrier.capture().carry(Objects.requireNonNull(task, "task"));
  }

  /** Returns a task that runs in the scope current now, or in none, on whatever thread it runs. */
  public static <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
    return ScopeCarrier.capture().carry(Objects.requireNonNull(task, "task"));
  }

  /** Returns an executor whose tasks run in the scope that is current where they are handed in. */
  public static Executor wrap(Executor executor) {
    return new ScopeCarrier.CarryingExecutor(Objects.requireNonNull(executor, "executor"));
  }

  /**
   * Returns an executor service whose tasks run in the scope that is current where they are
   * submitted. It shares its life with {@code executor}: shutting down one shuts down the other.
   */
  public static ExecutorService wrap(ExecutorService executor) {
    return new CarryingExecutorService(Objects.requireNonNull(executor, "executor"));
  }

  @Nullable ConsistencyScope enclosing() {
    return enclosing;
  }

  boolean isClosedByThisThread() {
    return Thread.currentThread() == owner && closed;
  }

  /** Marks the scope closed if this thread opened it and has not closed it yet. */
  boolean markClosed() {
    if (Thread.currentThread() != owner || closed) {
      return false;
    }
    closed = true;
    return true;
  }

  @Override
  public String toString() {
    return "ConsistencyScope[" + bookmark() + "]";
  }
}

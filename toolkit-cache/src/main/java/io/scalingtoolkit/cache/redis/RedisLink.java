// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.push.PushListener;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.ArrayOutput;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.output.ValueListOutput;
import io.lettuce.core.output.ValueOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandKeyword;
import io.lettuce.core.protocol.CommandType;
import io.scalingtoolkit.cache.internal.Line;
import io.scalingtoolkit.core.time.MonotonicClock;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One connection to Redis that tells of changes to the keys it has read, and is never made again;
 * thread-safe.
 *
 * <p>Redis forgets what a connection has read when it drops, and Lettuce would send what was in
 * flight on the next one before that tracks anything. So a connection that drops is closed at once,
 * before Lettuce begins to reconnect, and another one with another number takes its place.
 */
final class RedisLink implements RedisConnectionStateListener, Line, AutoCloseable {
  private final RedisClient client;
  private final ByteArrayCodec codec = new ByteArrayCodec();
  private final StatefulRedisConnection<byte[], byte[]> connection;
  private final Runnable dropped;
  private final Runnable silent;
  private final AtomicBoolean closed;
  private final MonotonicClock clock;

  /** Whether each question says that it goes to a slot which is about to come here. */
  private final boolean asking;

  /** Held while something is sent, so that nothing comes between. */
  private final Object wire;

  private final long boundNanos;
  // Not trusted before it is.
  private volatile boolean trusted;
  private volatile long trustedNanos;
  private volatile long confirmedNanos;
  private volatile boolean tracking = true;

  /** Digests of the scripts that have been sent as text. */
  private final Set<String> sent;

  // The clock of Redis as it was last told, less ours.
  private volatile long offsetMicros;

  /**
   * Takes a connection.
   *
   * @param boundNanos how long after a sign of life it is taken to be alive
   * @param dropped what is done when it drops; must not block
   * @param silent what is done when it leaves something unanswered; must not block
   */
  RedisLink(
      RedisClient client,
      StatefulRedisConnection<byte[], byte[]> connection,
      MonotonicClock clock,
      long boundNanos,
      Runnable dropped,
      Runnable silent) {
    this.client = client;
    this.connection = connection;
    this.clock = clock;
    this.boundNanos = boundNanos;
    this.dropped = dropped;
    this.silent = silent;
    this.closed = new AtomicBoolean();
    this.sent = ConcurrentHashMap.newKeySet();
    this.wire = new Object();
    this.asking = false;
  }

  private RedisLink(RedisLink same) {
    this.client = same.client;
    this.connection = same.connection;
    this.clock = same.clock;
    this.boundNanos = same.boundNanos;
    this.dropped = same.dropped;
    this.silent = same.silent;
    this.closed = same.closed;
    this.sent = same.sent;
    this.wire = same.wire;
    this.offsetMicros = same.offsetMicros;
    this.tracking = same.tracking;
    this.asking = true;
  }

  /** Begins to listen; to be called before anything is sent. */
  void watch(PushListener listener) {
    connection.addListener(listener);
    client.addListener(this);
  }

  /** Returns the same connection for questions about slots that are about to come to it. */
  RedisLink asking() {
    return new RedisLink(this);
  }

  /** Notes that it left something unanswered. */
  void suspect() {
    silent.run();
  }

  /**
   * Notes the clock of Redis.
   *
   * @param sentNanos when it was asked for it
   */
  void learnClock(long sentNanos, List<byte[]> time) {
    long micros = TimeUnit.SECONDS.toMicros(number(time.get(0))) + number(time.get(1));
    offsetMicros = micros - TimeUnit.NANOSECONDS.toMicros(sentNanos);
  }

  private static long number(byte[] digits) {
    return Long.parseLong(new String(digits, StandardCharsets.US_ASCII));
  }

  /** Returns how long ago something was by the clock of Redis, 0 or more. */
  long ageNanos(long createdMicros) {
    long now = offsetMicros + TimeUnit.NANOSECONDS.toMicros(clock.nanoTime());
    return Math.max(0, TimeUnit.MICROSECONDS.toNanos(now - createdMicros));
  }

  boolean isOpen() {
    return !closed.get() && connection.isOpen();
  }

  @Override
  public boolean isGood(long nowNanos) {
    return trusted
        && isOpen()
        && nowNanos - confirmedNanos <= boundNanos
        && nowNanos - trustedNanos >= 0;
  }

  /**
   * Begins to be good.
   *
   * @param sinceNanos when the last question was sent that has been answered
   * @param fromNanos from when on
   */
  void trust(long sinceNanos, long fromNanos) {
    confirmedNanos = sinceNanos;
    trustedNanos = fromNanos;
    trusted = true;
  }

  /** Tells whether it has begun to be good at some time. */
  boolean isTrusted() {
    return trusted;
  }

  /** Notes when the last question was sent that has been answered. */
  void confirm(long sentNanos) {
    confirmedNanos = sentNanos;
  }

  long confirmedNanos() {
    return confirmedNanos;
  }

  CompletionStage<?> track() {
    return connection.async().clientTracking(TrackingArgs.Builder.enabled());
  }

  /** Notes that Redis refuses to tell of changes. */
  void goOnWithoutTracking() {
    tracking = false;
  }

  boolean isTracking() {
    return tracking;
  }

  /** Returns what is as good as a line, for as long as a change can stay unknown. */
  Line fromNowOn(Line line) {
    long fromNanos = clock.nanoTime();
    return now -> now - fromNanos <= boundNanos && line.isGood(now);
  }

  /** Returns what this node of a cluster knows of all nodes. */
  CompletionStage<String> nodes() {
    CommandArgs<byte[], byte[]> args = args().add(CommandKeyword.NODES);
    return this.<byte[]>dispatch(CommandType.CLUSTER, new ValueOutput<>(codec), args, () -> {})
        .thenApply(text -> new String(text, StandardCharsets.UTF_8));
  }

  /** Returns the clock of Redis, seconds and microseconds. */
  CompletionStage<List<byte[]>> time() {
    return connection.async().time();
  }

  CompletionStage<byte[]> get(byte[] key, Runnable ordered) {
    return dispatch(CommandType.GET, new ValueOutput<>(codec), args().addKey(key), ordered);
  }

  /** Reads several keys, in their order, null for those that are not there. */
  CompletionStage<List<byte[]>> getAll(List<byte[]> keys, Consumer<List<byte[]>> ordered) {
    CommandArgs<byte[], byte[]> args = args().addKeys(keys);
    CommandOutput<byte[], byte[], List<byte[]>> output = new ValueListOutput<>(codec);
    return dispatch(
        CommandType.MGET,
        output,
        args,
        () -> {
          if (!output.hasError()) {
            ordered.accept(output.get());
          }
        });
  }

  CompletionStage<byte[]> header(byte[] key, Runnable ordered) {
    CommandArgs<byte[], byte[]> args = args().addKey(key).add(0).add(Frame.HEADER - 1);
    return dispatch(CommandType.GETRANGE, new ValueOutput<>(codec), args, ordered);
  }

  CompletionStage<?> setIfAbsent(byte[] key, byte[] value) {
    CommandArgs<byte[], byte[]> args = args().addKey(key).addValue(value).add(CommandKeyword.NX);
    return dispatch(CommandType.SET, new StatusOutput<>(codec), args, () -> {});
  }

  CompletionStage<Long> number(TierScript script, byte[] key, byte[] frame, long millis) {
    return number(script, List.of(key), List.of(frame, digits(millis)));
  }

  CompletionStage<Long> number(TierScript script, List<byte[]> keys, List<byte[]> arguments) {
    return run(script, () -> new IntegerOutput<>(codec), keys, arguments);
  }

  CompletionStage<byte[]> bytes(TierScript script, List<byte[]> keys, List<byte[]> arguments) {
    return run(script, () -> new ValueOutput<>(codec), keys, arguments);
  }

  CompletionStage<List<Object>> list(TierScript script, byte[] key, List<byte[]> arguments) {
    return run(script, () -> new ArrayOutput<>(codec), List.of(key), arguments);
  }

  static byte[] digits(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }

  private <T> CompletionStage<T> run(
      TierScript script,
      Supplier<CommandOutput<byte[], byte[], T>> output,
      List<byte[]> keys,
      List<byte[]> values) {
    // The first time with its text: asked for by digest it would come after what is sent next.
    if (sent.add(script.digest())) {
      return dispatch(
          CommandType.EVAL, output.get(), arguments(script.text(), keys, values), () -> {});
    }
    byte[] digest = script.digest().getBytes(StandardCharsets.US_ASCII);
    return this.<T>dispatch(
            CommandType.EVALSHA, output.get(), arguments(digest, keys, values), () -> {})
        .exceptionallyCompose(
            problem ->
                isUnknown(problem)
                    ? dispatch(
                        CommandType.EVAL,
                        output.get(),
                        arguments(script.text(), keys, values),
                        () -> {})
                    : CompletableFuture.failedFuture(problem));
  }

  private CommandArgs<byte[], byte[]> arguments(
      byte[] script, List<byte[]> keys, List<byte[]> values) {
    CommandArgs<byte[], byte[]> args = args().add(script).add(keys.size()).addKeys(keys);
    values.forEach(args::add);
    return args;
  }

  private static boolean isUnknown(Throwable problem) {
    return problem instanceof RedisNoScriptException
        || (problem instanceof CompletionException
            && problem.getCause() instanceof RedisNoScriptException);
  }

  private CommandArgs<byte[], byte[]> args() {
    return new CommandArgs<>(codec);
  }

  /** Sends a command whose answer is noted in the thread that also tells of changes. */
  private <T> CompletionStage<T> dispatch(
      CommandType type,
      CommandOutput<byte[], byte[], T> output,
      CommandArgs<byte[], byte[]> args,
      Runnable ordered) {
    Ordered<T> command = new Ordered<>(new Command<>(type, output, args), ordered);
    synchronized (wire) {
      if (asking) {
        connection.dispatch(new Command<>(CommandType.ASKING, new StatusOutput<>(codec)));
      }
      connection.dispatch(command);
    }
    return command;
  }

  /** A command that runs something where its answer comes in, before anything after it. */
  private static final class Ordered<T> extends AsyncCommand<byte[], byte[], T> {
    private final Runnable ordered;

    Ordered(Command<byte[], byte[], T> command, Runnable ordered) {
      super(command);
      this.ordered = ordered;
    }

    @Override
    protected void completeResult() {
      ordered.run();
      super.completeResult();
    }
  }

  @Override
  public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
    if (handler == connection) {
      close();
      dropped.run();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      client.removeListener(this);
      var unused = connection.closeAsync();
    }
  }
}

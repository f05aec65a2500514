// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.CacheTransaction.Loaded;
import io.scalingtoolkit.cache.Lookup;
import io.scalingtoolkit.cache.TieredCache;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cache.Cache;
import org.springframework.cache.interceptor.CacheOperationInvoker;
import org.springframework.cache.support.SimpleValueWrapper;

/**
 * A cache of Spring over a {@link TieredCache}; thread-safe.
 *
 * <p>Inside a transaction, evictions and values wait until it has committed, and are dropped if it
 * is rolled back. What the transaction has evicted or put is meanwhile neither read from the cache
 * nor stored in it by this transaction; other transactions and threads use the cache as before.
 *
 * <p>Keys of a cache in Redis are strings, whole numbers of 32 and 64 bits, booleans, UUIDs and
 * lists of these; others are refused with an {@link IllegalArgumentException}.
 */
public final class TieredSpringCache implements Cache {
  private static final Logger LOG = LoggerFactory.getLogger(TieredSpringCache.class);

  private final TieredCache<Object, Object> cache;
  private final @Nullable SpringKeyCodec keys;
  private final Transactions transactions;
  private final OpenMisses misses;
  private final LongAdder failures;
  private final AtomicBoolean warned = new AtomicBoolean();

  /**
   * Creates one.
   *
   * @param keys null if any key will do
   * @param failures counts changes that could not be made after a commit
   */
  TieredSpringCache(
      TieredCache<Object, Object> cache,
      @Nullable SpringKeyCodec keys,
      Transactions transactions,
      OpenMisses misses,
      LongAdder failures) {
    this.cache = cache;
    this.keys = keys;
    this.transactions = transactions;
    this.misses = misses;
    this.failures = failures;
  }

  /** What the method of a caller threw. */
  private static final class LoaderFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Throwable problem;

    LoaderFailure(Throwable problem) {
      super(null, problem, false, false);
      this.problem = problem;
    }
  }

  /** Nothing was found, and nothing is to be kept. */
  private record Unkept() implements Lookup<Object> {
    @Override
    public boolean isPresent() {
      return false;
    }

    @Override
    public @Nullable Object value() {
      return null;
    }

    @Override
    public boolean fill(@Nullable Object value) {
      return false;
    }
  }

  @Override
  public String getName() {
    return cache.name();
  }

  /** Returns the {@link TieredCache}, which knows nothing of transactions. */
  @Override
  public Object getNativeCache() {
    return cache;
  }

  TieredCache<Object, Object> nativeCache() {
    return cache;
  }

  /** Refuses a key that cannot be told from others, before anything is done with it. */
  private Object checked(Object key) {
    Objects.requireNonNull(key, "key");
    if (keys != null) {
      var unused = keys.encode(key);
    }
    return key;
  }

  @Override
  public @Nullable ValueWrapper get(Object key) {
    Lookup<Object> found = look(checked(key));
    if (found.isPresent()) {
      return new SimpleValueWrapper(found.value());
    }
    misses.open(this, key, found);
    return null;
  }

  private Lookup<Object> look(Object key) {
    Transactions.Current transaction = transactions.current();
    return transaction == null ? cache.lookup(key) : look(key, transaction);
  }

  private Lookup<Object> look(Object key, Transactions.Current transaction) {
    if (transaction.changes().isDirty(this, key)) {
      return new Unkept();
    }
    Loaded<Object> loaded = transaction.changes().loaded(this, key);
    if (loaded.isPresent()) {
      return new Present(loaded.value());
    }
    Lookup<Object> found = cache.lookup(key);
    return found.isPresent() || transaction.keeps() ? found : new Unkept();
  }

  /** What this transaction has loaded before; immutable. */
  private record Present(@Nullable Object value) implements Lookup<Object> {
    @Override
    public boolean isPresent() {
      return true;
    }

    @Override
    public boolean fill(@Nullable Object other) {
      return false;
    }
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> @Nullable T get(Object key, @Nullable Class<T> type) {
    ValueWrapper found = get(key);
    Object value = found == null ? null : found.get();
    if (value != null && type != null && !type.isInstance(value)) {
      throw new IllegalStateException(
          "the value of cache %s must be of type %s, was %s"
              .formatted(getName(), type.getName(), value.getClass().getName()));
    }
    return (T) value;
  }

  /**
   * Returns the value, loading it if need be, once for all who ask. In a transaction that may write
   * it is loaded for that transaction alone, since it may show what is not committed.
   *
   * @throws ValueRetrievalException with what the loader threw, or why there was no waiting for it
   */
  @Override
  @SuppressWarnings("unchecked")
  public <T> @Nullable T get(Object key, Callable<T> valueLoader) {
    checked(key);
    Transactions.Current transaction = transactions.current();
    try {
      if (transaction == null || isShared(transaction, key)) {
        return (T) cache.get(key, same -> call(valueLoader));
      }
      Lookup<Object> found = look(key, transaction);
      if (found.isPresent()) {
        return (T) found.value();
      }
      T value = (T) call(valueLoader);
      keep(key, found, value);
      return value;
    } catch (UnencodableValueException e) {
      warn(e);
      return (T) e.value();
    } catch (LoaderFailure e) {
      throw new ValueRetrievalException(key, valueLoader, e.problem);
    } catch (RuntimeException e) {
      throw new ValueRetrievalException(key, valueLoader, e);
    }
  }

  private boolean isShared(Transactions.Current transaction, Object key) {
    return transaction.shares() && transaction.keeps() && !transaction.changes().isDirty(this, key);
  }

  /** Tells failures of the method from those of the cache. */
  private static @Nullable Object call(Callable<?> loader) {
    try {
      return loader.call();
    } catch (Throwable e) {
      Throwable problem =
          e instanceof CacheOperationInvoker.ThrowableWrapper wrapper ? wrapper.getOriginal() : e;
      if (problem instanceof InterruptedException) {
        Thread.currentThread().interrupt(); // so that those who wait for it load themselves
      }
      throw new LoaderFailure(e);
    }
  }

  /**
   * Returns what there is; null if there is nothing, which is always known at once. May wait for
   * Redis as long as its timeout.
   */
  @Override
  public @Nullable CompletableFuture<?> retrieve(Object key) {
    Lookup<Object> found = look(checked(key));
    if (found.isPresent()) {
      return CompletableFuture.completedFuture(new SimpleValueWrapper(found.value()));
    }
    misses.open(this, key, found);
    return null;
  }

  /**
   * As {@link #get(Object, Callable)}; a thread of the cache's executor waits for the future of the
   * loader.
   */
  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // a future of a value that may be null
  public <T> CompletableFuture<T> retrieve(Object key, Supplier<CompletableFuture<T>> valueLoader) {
    checked(key);
    Transactions.Current transaction = transactions.current();
    if (transaction != null) {
      // When the value is there the transaction may be over, and with it what could keep it.
      Lookup<Object> found = look(key, transaction);
      return found.isPresent()
          ? CompletableFuture.completedFuture((T) found.value())
          : valueLoader.get();
    }
    CompletableFuture<T> value =
        (CompletableFuture<T>) cache.getAsync(key, same -> call(() -> valueLoader.get().join()));
    return value.exceptionallyCompose(this::unwrapped);
  }

  @SuppressWarnings({"unchecked", "NullAway"})
  private <T> CompletableFuture<T> unwrapped(Throwable problem) {
    Throwable cause = problem;
    while ((cause instanceof CompletionException || cause instanceof LoaderFailure)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof UnencodableValueException e) {
      warn(e);
      return CompletableFuture.completedFuture((T) e.value());
    }
    return CompletableFuture.failedFuture(cause);
  }

  /**
   * Stores a value: one that the running annotated method has loaded, unless the key was evicted
   * since it was looked up, any other in any case.
   */
  @Override
  public void put(Object key, @Nullable Object value) {
    Lookup<Object> since = misses.close(this, checked(key));
    if (since != null) {
      keep(key, since, value);
      return;
    }
    Transactions.Current transaction = transactions.current();
    if (transaction == null) {
      store(key, value);
    } else {
      transaction.changes().put(this, key, value);
    }
  }

  private void keep(Object key, Lookup<Object> since, @Nullable Object value) {
    if (since instanceof Unkept) {
      return;
    }
    Transactions.Current transaction = transactions.current();
    if (transaction == null) {
      fill(since, value);
    } else if (transaction.keeps()) {
      transaction.changes().fill(this, key, since, value);
    }
  }

  /** Keeps what was loaded, whatever transaction there is. */
  void fill(Lookup<Object> since, @Nullable Object value) {
    try {
      var unused = since.fill(value);
    } catch (UnencodableValueException e) {
      warn(e);
    }
  }

  /** Stores a value, whatever transaction there is. */
  void store(Object key, @Nullable Object value) {
    try {
      if (value != null) {
        cache.put(key, value);
        return;
      }
    } catch (UnencodableValueException e) {
      warn(e);
    }
    cache.invalidate(key); // what was there is not the value any more
    if (value == null) {
      var unused = cache.lookup(key).fill(null);
    }
  }

  private void warn(UnencodableValueException e) {
    if (warned.compareAndSet(false, true)) {
      LOG.warn("Cache {} does not keep a value: {}", getName(), e.getMessage());
    } else {
      LOG.debug("Cache {} does not keep a value", getName(), e);
    }
  }

  /** Returns what there was, or stores the value if there was nothing: one of all who try. */
  @Override
  public @Nullable ValueWrapper putIfAbsent(Object key, @Nullable Object value) {
    Transactions.Current transaction = transactions.current();
    if (transaction != null) {
      ValueWrapper found = get(key);
      if (found == null) {
        transaction.changes().put(this, key, value);
      }
      return found;
    }
    AtomicBoolean stored = new AtomicBoolean();
    Object there =
        get(
            key,
            () -> {
              stored.set(true);
              return value;
            });
    return stored.get() ? null : new SimpleValueWrapper(there);
  }

  @Override
  public void evict(Object key) {
    checked(key);
    Transactions.Current transaction = transactions.current();
    if (transaction == null) {
      cache.invalidate(key);
    } else {
      transaction.changes().evict(this, key);
    }
  }

  /**
   * Evicts a key at once, and in a transaction once more when that has committed.
   *
   * @return whether this process had it in memory
   */
  @Override
  public boolean evictIfPresent(Object key) {
    boolean there = cache.getIfPresent(checked(key)) != null;
    cache.invalidate(key);
    Transactions.Current transaction = transactions.current();
    if (transaction != null) {
      transaction.changes().evict(this, key);
    }
    return there;
  }

  @Override
  public void clear() {
    Transactions.Current transaction = transactions.current();
    if (transaction == null) {
      cache.invalidateAll();
    } else {
      transaction.changes().evictAll(this);
    }
  }

  /**
   * Evicts all keys at once, and in a transaction once more when that has committed.
   *
   * @return whether this process had any in memory
   */
  @Override
  public boolean invalidate() {
    boolean any = cache.size() > 0;
    cache.invalidateAll();
    Transactions.Current transaction = transactions.current();
    if (transaction != null) {
      transaction.changes().evictAll(this);
    }
    return any;
  }

  /**
   * Evicts all values with a tag, in a transaction when that has committed.
   *
   * @throws IllegalStateException if the cache has no tags; in a transaction it is then only logged
   */
  public void invalidateTag(String tag) {
    Objects.requireNonNull(tag, "tag");
    Transactions.Current transaction = transactions.current();
    if (transaction == null) {
      cache.invalidateTag(tag);
    } else {
      transaction.changes().evictTag(this, tag);
    }
  }

  /** A change was not made whose transaction has committed, which is too late to fail. */
  void failedAfterCommit(RuntimeException problem) {
    failures.increment();
    LOG.error("Cache {} was not changed after a commit", getName(), problem);
  }

  @Override
  public String toString() {
    return cache.toString();
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import java.util.List;

/**
 * What a Redis server answered to one command, in the terms of protocol version 2. Immutable.
 *
 * <p>Error answers are not replies: they are thrown as {@link RedisCommandException}, except inside
 * {@link Items}, where they are {@link Failure} elements.
 */
public sealed interface RedisReply {
  /** A simple or bulk string. */
  record Text(String value) implements RedisReply {
    @Override
    public String text() {
      return value;
    }

    @Override
    public String toString() {
      return value;
    }
  }

  /** An integer. */
  record Whole(long value) implements RedisReply {
    @Override
    public long number() {
      return value;
    }

    @Override
    public String text() {
      return Long.toString(value);
    }

    @Override
    public String toString() {
      return text();
    }
  }

  /** No value: the answer for a key that does not exist. */
  record Nil() implements RedisReply {
    @Override
    public String toString() {
      return "(nil)";
    }
  }

  /** An array, in the server's order. */
  record Items(List<RedisReply> values) implements RedisReply {
    /** Copies the list. */
    public Items {
      values = List.copyOf(values);
    }

    @Override
    public List<RedisReply> items() {
      return values;
    }

    @Override
    public String toString() {
      return values.toString();
    }
  }

  /** An error inside an array, for example of one command of a transaction. */
  record Failure(String message) implements RedisReply {}

  /**
   * The answer as text; an integer in decimal digits.
   *
   * @throws IllegalStateException when the answer is neither a string nor an integer
   */
  default String text() {
    throw new IllegalStateException("the reply must be a string to be read as text, was " + this);
  }

  /**
   * The answer as an integer.
   *
   * @throws IllegalStateException when the answer is not an integer
   */
  default long number() {
    throw new IllegalStateException("the reply must be an integer, was " + this);
  }

  /**
   * The elements of an array, unmodifiable, without null.
   *
   * @throws IllegalStateException when the answer is not an array
   */
  default List<RedisReply> items() {
    throw new IllegalStateException("the reply must be an array, was " + this);
  }

  /** Whether the answer is that there is no value. */
  default boolean isNil() {
    return this instanceof Nil;
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.query;

import java.util.List;

/**
 * Where a page ended: the sort columns of its last row.
 *
 * <p>Immutable.
 */
public final class PageKey {
  private final List<Object> values;

  private PageKey(List<Object> values) {
    this.values = List.copyOf(values);
  }

  /**
   * A key from outside, such as from the address of a page.
   *
   * @param values as the database has them, one for each sort column, in their order; none is null
   */
  public static PageKey of(Object... values) {
    return new PageKey(List.of(values));
  }

  static PageKey of(List<Object> values) {
    return new PageKey(values);
  }

  /** The values of the sort columns, in their order; immutable. */
  public List<Object> values() {
    return values;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PageKey that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /** Without the values, which may be secret. */
  @Override
  public String toString() {
    return "PageKey[" + values.size() + " columns]";
  }
}

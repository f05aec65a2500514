// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.internal.jdbc;

import java.io.InputStream;
import java.io.Reader;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Ref;
import java.sql.SQLXML;
import java.util.Calendar;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** Values of parameters: which can be set again, and copies of those that can change meanwhile. */
final class Parameters {
  private Parameters() {}

  /** Tells whether {@code value} can be read only once, or belongs to one connection. */
  static boolean isOnce(@Nullable Object value) {
    return value instanceof InputStream
        || value instanceof Reader
        || value instanceof Blob
        || value instanceof Clob
        || value instanceof Ref
        || value instanceof SQLXML;
  }

  // A clone has the class of its original; JDBC speaks of these dates.
  @SuppressWarnings({"unchecked", "JavaUtilDate"})
  static <T extends Date> @Nullable T copy(@Nullable T value) {
    return value == null ? null : (T) value.clone();
  }

  static @Nullable Calendar copy(@Nullable Calendar value) {
    return value == null ? null : (Calendar) value.clone();
  }

  static @Nullable Object copy(@Nullable Object value) {
    if (value instanceof Date date) {
      return copy(date);
    }
    if (value instanceof Calendar calendar) {
      return copy(calendar);
    }
    return value instanceof byte[] bytes ? bytes.clone() : value;
  }
}

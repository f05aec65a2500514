// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.sharding.internal.SqlProduct;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a value of a column travels: read as one Java type from every product, and written from it to
 * every product. Times travel as text in UTC, which all products write and read in full precision.
 */
enum ColumnKind {
  INTEGER {
    @Override
    @Nullable Object read(ResultSet rows, int index) throws SQLException {
      long value = rows.getLong(index);
      return rows.wasNull() ? null : value;
    }

    @Override
    Object parse(String text) {
      return Long.valueOf(text);
    }
  },
  DECIMAL {
    /** PostgreSQL has numerics that are none; a double can carry those. */
    @Override
    Object parse(String text) {
      return NO_NUMBERS.contains(text) ? Double.valueOf(text) : new BigDecimal(text);
    }

    @Override
    void bind(PreparedStatement statement, int index, Object value, SqlProduct product)
        throws SQLException {
      if (!(value instanceof BigDecimal number)) {
        statement.setObject(index, value);
      } else if (product == SqlProduct.SQLITE) {
        statement.setString(index, number.toPlainString());
      } else {
        statement.setBigDecimal(index, number);
      }
    }

    @Override
    String canonical(Object value) {
      return value instanceof BigDecimal number
          ? number.stripTrailingZeros().toPlainString()
          : value.toString();
    }
  },
  REAL {
    @Override
    @Nullable Object read(ResultSet rows, int index) throws SQLException {
      double value = rows.getDouble(index);
      return rows.wasNull() ? null : value;
    }

    @Override
    Object parse(String text) {
      return Double.valueOf(text);
    }
  },
  BOOLEAN {
    @Override
    @Nullable Object read(ResultSet rows, int index) throws SQLException {
      boolean value = rows.getBoolean(index);
      return rows.wasNull() ? null : value;
    }

    @Override
    Object parse(String text) {
      return text.startsWith("t") || text.equals("1");
    }
  },
  TEXT {
    @Override
    void bind(PreparedStatement statement, int index, Object value, SqlProduct product)
        throws SQLException {
      OTHER.bind(statement, index, value, product);
    }
  },
  TIME {
    @Override
    void bind(PreparedStatement statement, int index, Object value, SqlProduct product)
        throws SQLException {
      OTHER.bind(statement, index, value, product);
    }

    @Override
    String canonical(Object value) {
      String text = ((String) value).replace('T', ' ').replaceFirst("(\\+00(:00)?|Z)$", "");
      return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
    }
  },
  UUID_VALUE {
    @Override
    @Nullable Object read(ResultSet rows, int index) throws SQLException {
      String text = rows.getString(index);
      return text == null ? null : UUID.fromString(text);
    }

    @Override
    Object parse(String text) {
      return UUID.fromString(text);
    }

    @Override
    void bind(PreparedStatement statement, int index, Object value, SqlProduct product)
        throws SQLException {
      if (product == SqlProduct.POSTGRESQL) {
        statement.setObject(index, value);
      } else {
        statement.setString(index, value.toString());
      }
    }
  },
  BYTES {
    @Override
    @Nullable Object read(ResultSet rows, int index) throws SQLException {
      return rows.getBytes(index);
    }

    @Override
    Object parse(String text) {
      return HexFormat.of().parseHex(text.startsWith("\\x") ? text.substring(2) : text);
    }

    @Override
    String canonical(Object value) {
      return HexFormat.of().formatHex((byte[]) value);
    }
  },
  /** Whatever the product itself turns into text and back. */
  OTHER {
    @Override
    void bind(PreparedStatement statement, int index, Object value, SqlProduct product)
        throws SQLException {
      if (product == SqlProduct.POSTGRESQL) {
        statement.setObject(index, value, Types.OTHER);
      } else {
        statement.setString(index, (String) value);
      }
    }
  };

  private static final Set<String> NO_NUMBERS = Set.of("NaN", "Infinity", "-Infinity");

  /** The value of a column of the current row: its text, unless a kind has a type of its own. */
  @Nullable Object read(ResultSet rows, int index) throws SQLException {
    String text = rows.getString(index);
    return text == null ? null : parse(text);
  }

  /** The value of a key column out of the change log, which has keys as text (bytes in hex). */
  Object parse(String text) {
    return text;
  }

  /** Sets a parameter. */
  void bind(PreparedStatement statement, int index, Object value, SqlProduct product)
      throws SQLException {
    statement.setObject(index, value);
  }

  /** The same text for the same value, whatever product it was read from. */
  String canonical(Object value) {
    return value.toString();
  }

  /** Whether a database may take two different values for the same key. */
  boolean hasSpellings() {
    return this == TEXT || this == OTHER || this == TIME;
  }

  /** The kind of a column, as the metadata of a driver names its type. */
  static ColumnKind of(SqlProduct product, int jdbcType, String typeName, int size) {
    String name = typeName.toLowerCase(Locale.ROOT);
    if (name.equals("uuid")) {
      return UUID_VALUE;
    }
    if (product == SqlProduct.POSTGRESQL && (name.equals("bool") || name.equals("bit"))) {
      return name.equals("bool") ? BOOLEAN : OTHER;
    }
    if (product == SqlProduct.POSTGRESQL && name.equals("money")) {
      return OTHER;
    }
    return switch (jdbcType) {
      case Types.TINYINT, Types.SMALLINT, Types.INTEGER -> INTEGER;
      case Types.BIGINT -> name.contains("unsigned") ? DECIMAL : INTEGER;
      case Types.BIT, Types.BOOLEAN -> name.startsWith("bit") && size > 1 ? BYTES : INTEGER;
      case Types.NUMERIC, Types.DECIMAL -> DECIMAL;
      case Types.REAL, Types.FLOAT, Types.DOUBLE -> REAL;
      case Types.CHAR, Types.VARCHAR, Types.LONGVARCHAR, Types.CLOB -> text(product, name);
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> BYTES;
      case Types.DATE, Types.TIME, Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE -> TIME;
      default -> OTHER;
    };
  }

  private static ColumnKind text(SqlProduct product, String name) {
    boolean plain = name.contains("char") || name.contains("text") || name.contains("clob");
    return product != SqlProduct.POSTGRESQL || plain ? TEXT : OTHER;
  }
}

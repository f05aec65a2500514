// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON as a customer reads it: strict, with exact numbers. Thread-safe. */
final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
          .build();

  private Json() {}

  static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw new AssertionError("not JSON: " + text, e);
    }
  }

  /** A JSON string literal with quotes. */
  static String quote(String text) {
    return MAPPER.writeValueAsString(text);
  }

  /**
   * An object from alternating names and values; a {@link Raw} value is copied as it is, everything
   * else becomes a string.
   */
  static String object(Object... namesAndValues) {
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Object value = namesAndValues[i + 1];
      String text = value instanceof Raw raw ? raw.text() : quote(value.toString());
      fields.add(quote(namesAndValues[i].toString()) + ":" + text);
    }
    return "{" + String.join(",", fields) + "}";
  }

  static Raw raw(String text) {
    return new Raw(text);
  }

  /** The texts of one field of every element of an array, in order. */
  static List<String> texts(JsonNode array, String field) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : array) {
      texts.add(element.path(field).asString());
    }
    return texts;
  }

  /** Text that is already JSON. */
  record Raw(String text) {}
}

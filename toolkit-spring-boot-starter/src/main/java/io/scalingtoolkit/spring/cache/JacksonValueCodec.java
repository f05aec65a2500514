// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.cache;

import io.scalingtoolkit.cache.ValueCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Values as JSON of a declared type, behind four bytes that tell which, so that what an older
 * version of the application stored as another type is not taken for this one. Thread-safe.
 */
final class JacksonValueCodec implements ValueCodec<Object> {
  private final JavaType type;
  private final int mark;
  private final ObjectWriter writer;
  private final ObjectReader reader;

  private JacksonValueCodec(JsonMapper mapper, JavaType type) {
    this.type = type;
    this.writer = mapper.writerFor(type);
    this.reader = mapper.readerFor(type);
    CRC32 sum = new CRC32();
    sum.update(type.toCanonical().getBytes(StandardCharsets.UTF_8));
    this.mark = (int) sum.getValue();
  }

  /**
   * Returns the codec of a type.
   *
   * @param type name of a class, possibly with type parameters
   * @throws IllegalArgumentException if there is no such class
   */
  static JacksonValueCodec of(JsonMapper mapper, String type, ClassLoader loader) {
    return new JacksonValueCodec(
        mapper, mapper.getTypeFactory().withClassLoader(loader).constructFromCanonical(type));
  }

  @Override
  public byte[] encode(Object value) {
    if (!type.getRawClass().isInstance(value)) {
      throw new UnencodableValueException(
          value,
          "values must be of type %s, was %s"
              .formatted(type.toCanonical(), value.getClass().getName()),
          null);
    }
    try {
      byte[] json = writer.writeValueAsBytes(value);
      return ByteBuffer.allocate(Integer.BYTES + json.length).putInt(mark).put(json).array();
    } catch (JacksonException e) {
      throw new UnencodableValueException(value, String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public Object decode(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    if (buffer.remaining() <= Integer.BYTES || buffer.getInt() != mark) {
      throw new IllegalArgumentException("the value must be of type " + type.toCanonical());
    }
    Object value = reader.readValue(bytes, Integer.BYTES, bytes.length - Integer.BYTES);
    if (value == null) {
      throw new IllegalArgumentException("the value must not be null");
    }
    return value;
  }
}

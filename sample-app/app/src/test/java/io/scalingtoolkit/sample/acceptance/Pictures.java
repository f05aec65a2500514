// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Real pictures, small unless a size is asked for. Thread-safe. */
final class Pictures {
  private static final String WEBP = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA";
  private static final int END_CHUNK = 12;
  private static final int CHUNK_FRAME = 12;

  private Pictures() {}

  /** One of different colours, so that two calls seldom give the same bytes. */
  static byte[] png() {
    return encode("png");
  }

  static byte[] jpeg() {
    return encode("jpg");
  }

  static byte[] webp() {
    return Base64.getDecoder().decode(WEBP);
  }

  /** A valid PNG of exactly this many bytes; the filling is a private chunk before the end. */
  static byte[] png(int size) {
    byte[] plain = png();
    byte[] filling = new byte[size - plain.length - CHUNK_FRAME];
    byte[] type = "raNd".getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(type);
    crc.update(filling);
    int end = plain.length - END_CHUNK;
    ByteBuffer picture = ByteBuffer.allocate(size).put(plain, 0, end);
    picture.putInt(filling.length).put(type).put(filling).putInt((int) crc.getValue());
    return picture.put(Arrays.copyOfRange(plain, end, plain.length)).array();
  }

  private static byte[] encode(String format) {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    image.setRGB(1, 1, ThreadLocalRandom.current().nextInt());
    image.setRGB(5, 5, ThreadLocalRandom.current().nextInt());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, bytes)) {
        throw new IllegalStateException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}

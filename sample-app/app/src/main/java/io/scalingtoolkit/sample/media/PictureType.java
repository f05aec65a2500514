// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The picture formats that are accepted, recognised by their first bytes and nothing else. */
enum PictureType {
  /** PNG: the signature of the PNG specification, section 5.2, and the start of its first chunk. */
  PNG("png", "image/png"),
  /** JPEG: start of image and the first byte of the marker that follows. */
  JPEG("jpg", "image/jpeg"),
  /** WebP: a RIFF container of the form WEBP with a VP8 chunk (RFC 9649). */
  WEBP("webp", "image/webp");

  /** As many bytes as the longest signature needs. */
  static final int SIGNATURE_BYTES = 16;

  private static final byte[] PNG_START = {
    (byte) 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 'I', 'H', 'D', 'R'
  };
  private static final byte[] JPEG_START = {(byte) 0xff, (byte) 0xd8, (byte) 0xff};

  private final String extension;
  private final String mediaType;

  PictureType(String extension, String mediaType) {
    this.extension = extension;
    this.mediaType = mediaType;
  }

  String extension() {
    return extension;
  }

  String mediaType() {
    return mediaType;
  }

  /** Recognises a picture by up to {@link #SIGNATURE_BYTES} first bytes. */
  static Optional<PictureType> of(byte[] start) {
    if (startsWith(start, PNG_START)) {
      return Optional.of(PNG);
    }
    if (startsWith(start, JPEG_START)) {
      return Optional.of(JPEG);
    }
    if (start.length >= SIGNATURE_BYTES
        && text(start, 0, 4).equals("RIFF")
        && text(start, 8, 15).equals("WEBPVP8")) {
      return Optional.of(WEBP);
    }
    return Optional.empty();
  }

  /** Finds the format by the extension of a stored file's name. */
  static Optional<PictureType> ofExtension(String extension) {
    return Arrays.stream(values()).filter(type -> type.extension.equals(extension)).findFirst();
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.media;

import io.scalingtoolkit.sample.platform.ops.DataFolder;
import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import io.scalingtoolkit.sample.platform.sql.StorageFullException;
import io.scalingtoolkit.sample.platform.web.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Avatar files in one flat folder. A name is 32 random hexadecimal digits and the extension of its
 * format; no part of it comes from a request, and a request for any other form of name finds
 * nothing. Thread-safe.
 */
@Component
final class AvatarFiles {

  /** Largest picture. */
  static final int LIMIT_BYTES = 1024 * 1024;

  private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}\\.(png|jpg|webp)");
  private static final int CHUNK_BYTES = 16 * 1024;

  /** Longer than any process takes from a file to its row. */
  private static final Duration UPLOAD = Duration.ofHours(1);

  private final Path folder;
  private final Duration spared;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * Creates the files; Spring does it in the application.
   *
   * @param shared a folder that several processes serve, which exists; empty for one of its own
   */
  @Autowired
  AvatarFiles(DataFolder data, @Value("${app.avatars-dir:}") String shared, Clock clock) {
    this(
        shared.isBlank() ? data.avatars() : required(Path.of(shared)),
        shared.isBlank() ? Duration.ZERO : UPLOAD,
        clock);
  }

  AvatarFiles(Path folder) {
    this(folder, Duration.ZERO, Clock.systemUTC());
  }

  AvatarFiles(Path folder, Duration spared, Clock clock) {
    this.folder = folder;
    this.spared = spared;
    this.clock = clock;
  }

  private static Path required(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new StartRefusedException(
          "app.avatars-dir must be a folder that exists, but is '%s'".formatted(folder));
    }
    return folder;
  }

  /** A stored file. */
  record Stored(Path path, PictureType type) {}

  /**
   * Stores a picture: written under a temporary name, forced to the disk, then renamed, so that a
   * crash leaves either the whole file or an orphan for the sweep.
   *
   * @param body the upload, read up to one byte more than the limit
   * @return the file's name
   * @throws Problem 413 too large, 415 not a picture of an accepted format
   * @throws IOException when the client breaks off
   */
  String store(InputStream body) throws IOException {
    byte[] start = body.readNBytes(PictureType.SIGNATURE_BYTES);
    PictureType type =
        PictureType.of(start)
            .orElseThrow(
                () ->
                    Problem.unsupportedMediaType("The body must be a PNG, JPEG or WebP picture."));
    byte[] id = new byte[16];
    random.nextBytes(id);
    String name = HexFormat.of().formatHex(id) + "." + type.extension();
    Path temporary = folder.resolve(name + ".tmp");
    boolean complete = false;
    try {
      write(start, body, temporary);
      move(temporary, folder.resolve(name));
      complete = true;
    } finally {
      if (!complete) {
        Files.deleteIfExists(temporary);
      }
    }
    return name;
  }

  /** Finds a file by the name in a request. */
  Optional<Stored> find(String name) {
    Matcher form = NAME.matcher(name);
    if (!form.matches()) {
      return Optional.empty();
    }
    Path path = folder.resolve(name);
    return Files.isRegularFile(path)
        ? PictureType.ofExtension(form.group(1)).map(type -> new Stored(path, type))
        : Optional.empty();
  }

  /** Deletes a file that may be gone already. */
  void delete(String name) {
    try {
      Files.deleteIfExists(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("An avatar file was not deleted.", e);
    }
  }

  /**
   * Deletes every file that is not known, temporary ones too; returns how many went. In a shared
   * folder young ones stay, whose rows another process may be about to write.
   */
  int sweep(Predicate<String> known) {
    int deleted = 0;
    Instant youngest = clock.instant().minus(spared);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (!known.test(String.valueOf(file.getFileName()))
            && isOld(file, youngest)
            && Files.deleteIfExists(file)) {
          deleted++;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The avatar folder was not swept.", e);
    }
    return deleted;
  }

  private boolean isOld(Path file, Instant youngest) throws IOException {
    if (spared.isZero()) {
      return true;
    }
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(youngest);
    } catch (NoSuchFileException anotherProcessDeletedIt) {
      return false;
    }
  }

  private static void write(byte[] start, InputStream body, Path file) throws IOException {
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      put(out, start, start.length);
      int total = start.length;
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int n = body.read(chunk); n >= 0; n = body.read(chunk)) {
        total += n;
        if (total > LIMIT_BYTES) {
          throw Problem.tooLarge(LIMIT_BYTES);
        }
        put(out, chunk, n);
      }
      force(out);
    }
  }

  private static void put(FileChannel out, byte[] bytes, int length) {
    try {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
    } catch (IOException e) {
      throw new StorageFullException("An avatar could not be written.", e);
    }
  }

  private static void force(FileChannel out) {
    try {
      out.force(true);
    } catch (IOException e) {
      throw new StorageFullException("An avatar could not be forced to the disk.", e);
    }
  }

  private void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}

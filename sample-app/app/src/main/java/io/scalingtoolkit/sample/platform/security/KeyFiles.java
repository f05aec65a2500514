// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of private signing keys: one JSON Web Key per file, {@code <kid>.jwk}, readable by its
 * owner only. A key file appears complete or not at all, and is never changed. Thread-safe.
 */
final class KeyFiles {

  private static final Logger log = LoggerFactory.getLogger(KeyFiles.class);
  private static final String SUFFIX = ".jwk";
  private static final Comparator<ECKey> NEWEST_FIRST =
      Comparator.comparing(ECKey::getIssueTime).thenComparing(ECKey::getKeyID).reversed();

  private final Path folder;

  KeyFiles(Path folder) {
    this.folder = folder;
  }

  /** Returns the names of the key files, in order; empty when the folder is not there. */
  Set<String> names() throws IOException {
    Set<String> names = new TreeSet<>();
    if (!Files.isDirectory(folder)) {
      return names;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        names.add(String.valueOf(file.getFileName()));
      }
    }
    return names;
  }

  /**
   * Reads the named files.
   *
   * @return the keys, newest first
   * @throws IOException naming the file that cannot be read or holds no private P-256 key
   */
  List<ECKey> read(Set<String> names) throws IOException {
    List<ECKey> keys = new ArrayList<>();
    for (String name : names) {
      Path file = folder.resolve(name);
      warnWhenOpenToOthers(file);
      keys.add(parse(file, Files.readString(file)));
    }
    keys.sort(NEWEST_FIRST);
    return keys;
  }

  /**
   * Creates a key whose time of issue is now and writes its file.
   *
   * @return the new key
   * @throws IOException naming the folder when it cannot be written
   */
  ECKey create(Clock clock) throws IOException {
    ECKey key = generate(clock);
    createFolder();
    Path target = folder.resolve(key.getKeyID() + SUFFIX);
    Path draft = folder.resolve(UUID.randomUUID() + ".tmp");
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel out = FileChannel.open(draft, options, ownerOnly)) {
      ByteBuffer bytes = ByteBuffer.wrap(key.toJSONString().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
    return key;
  }

  /** Deletes the file of a key that no token can still refer to. */
  void delete(ECKey key) throws IOException {
    Files.deleteIfExists(folder.resolve(key.getKeyID() + SUFFIX));
  }

  @Override
  public String toString() {
    return folder.toString();
  }

  private void createFolder() throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException another) {
      log.debug("another process created {} at the same time", folder, another);
    }
  }

  private static ECKey generate(Clock clock) {
    try {
      return new ECKeyGenerator(Curve.P_256)
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(JWSAlgorithm.ES256)
          .keyIDFromThumbprint(true)
          .issueTime(Date.from(clock.instant()))
          .generate();
    } catch (JOSEException unsupported) {
      throw new IllegalStateException("this Java runtime cannot create P-256 keys", unsupported);
    }
  }

  private static ECKey parse(Path file, String text) throws IOException {
    ECKey key;
    try {
      key = ECKey.parse(text);
    } catch (ParseException | IllegalArgumentException broken) {
      // The parser's message may quote the file, so it is not passed on.
      throw new IOException("signing key " + file + " is not a JSON Web Key of type EC");
    }
    boolean usable =
        key.isPrivate()
            && Curve.P_256.equals(key.getCurve())
            && key.getIssueTime() != null
            && (key.getKeyID() + SUFFIX).equals(String.valueOf(file.getFileName()));
    if (!usable) {
      throw new IOException(
          "signing key "
              + file
              + " must be a private P-256 key with iat, in a file named after its kid");
    }
    return key;
  }

  private static void warnWhenOpenToOthers(Path file) throws IOException {
    String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    if (!permissions.endsWith("------")) {
      log.warn("signing key {} can be read by others ({}): chmod 600 it", file, permissions);
    }
  }
}

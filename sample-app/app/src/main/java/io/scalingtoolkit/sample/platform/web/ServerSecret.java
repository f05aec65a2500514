// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import io.scalingtoolkit.sample.platform.ops.DataFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * A key of this installation for tags that only it can make. It lies beside the database and not in
 * it: a copy of the database alone gives no way to test guesses of what was tagged. Created at the
 * first start in the folder of the signing keys, which processes on one database share.
 * Thread-safe.
 */
@Component
public class ServerSecret {

  private static final Logger LOG = LoggerFactory.getLogger(ServerSecret.class);
  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;

  private final SecretKeySpec key;

  /** Created only after the data folder has been opened, which makes the folder of keys. */
  @Autowired
  ServerSecret(DataFolder opened, @Value("${app.security.keys-dir}") Path keys) {
    this(load(keys.resolve("server.secret")));
  }

  ServerSecret(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /**
   * Returns the tag of some parts (HMAC-SHA256). Each part is preceded by its length, so that no
   * two lists of parts are the same input.
   *
   * @param purpose a fixed word that keeps uses apart
   * @param parts the content
   * @return 32 bytes
   */
  public byte[] tag(String purpose, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      update(mac, purpose.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      for (byte[] part : parts) {
        update(mac, part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(ALGORITHM + " is part of every JDK.", e);
    }
  }

  private static void update(Mac mac, byte[] part) {
    mac.update(java.nio.ByteBuffer.allocate(4).putInt(part.length).flip());
    mac.update(part);
  }

  private static byte[] load(Path file) {
    try {
      if (!Files.exists(file)) {
        create(file);
      }
      byte[] key = Files.readAllBytes(file);
      if (key.length != KEY_BYTES) {
        throw new IllegalStateException(
            "The key file %s must have %d bytes, but has %d."
                .formatted(file.getFileName(), KEY_BYTES, key.length));
      }
      return key;
    } catch (IOException e) {
      throw new UncheckedIOException("The key file server.secret cannot be read.", e);
    }
  }

  private static void create(Path file) throws IOException {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
    Path complete =
        Files.createTempFile(
            folder,
            "server",
            ".tmp",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(complete, key);
    try {
      Files.createLink(file, complete); // unlike a move it leaves the key of a faster process
    } catch (FileAlreadyExistsException faster) {
      LOG.debug("server.secret: another process has made it", faster);
    } finally {
      Files.delete(complete);
    }
  }
}

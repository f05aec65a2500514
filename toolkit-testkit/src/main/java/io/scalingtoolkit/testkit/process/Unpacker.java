// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.process;

import io.scalingtoolkit.testkit.EngineException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** Turns an {@link ArtifactSource} into files, and tells by a fingerprint which files those are. */
final class Unpacker {
  private static final int FINGERPRINT_BYTES = 8;

  private Unpacker() {}

  /**
   * Returns 16 hexadecimal digits that stand for the content of the source.
   *
   * <p>For a jar they are made of names, sizes and CRC-32 of its entries, which the jar states: its
   * 15 to 150 MB need not be read at each start. Files outside a jar are read.
   */
  static String fingerprint(ArtifactSource source) throws IOException {
    MessageDigest digest = sha256();
    digest.update(source.toString().getBytes(StandardCharsets.UTF_8));
    URL url = source.locate();
    URLConnection connection = open(url);
    if (connection instanceof JarURLConnection jar) {
      try (JarFile file = jar.getJarFile()) {
        for (JarEntry entry : entries(file, jar.getEntryName())) {
          String line = entry.getName() + " " + entry.getSize() + " " + entry.getCrc() + "\n";
          digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
      }
    } else {
      try (InputStream in = connection.getInputStream()) {
        byte[] buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          digest.update(buffer, 0, n);
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest(), 0, FINGERPRINT_BYTES);
  }

  /** Returns 16 hexadecimal digits that stand for the text. */
  static String fingerprint(String content) {
    byte[] digest = sha256().digest(content.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
  }

  /** Unpacks into an existing empty directory; all files get readable for every user. */
  static void unpack(ArtifactSource source, Path target) throws IOException {
    if (source instanceof ArtifactSource.Archive archive) {
      try (InputStream in = decompress(archive)) {
        untar(in, target);
      }
    } else if (source instanceof ArtifactSource.SingleFile single) {
      try (InputStream in = open(single.locate()).getInputStream()) {
        write(in, resolve(target, single.fileName()), true);
      }
    } else if (source instanceof ArtifactSource.Tree tree) {
      unpackTree(tree, target);
    }
  }

  private static InputStream decompress(ArtifactSource.Archive archive) throws IOException {
    InputStream in = new BufferedInputStream(open(archive.locate()).getInputStream(), 1 << 16);
    String name = archive.resource();
    if (name.endsWith("xz")) {
      return new XZInputStream(in);
    }
    if (name.endsWith("gz")) {
      return new GZIPInputStream(in, 1 << 16);
    }
    in.close();
    throw new EngineException("an archive must end with .txz, .xz, .tgz or .gz; got " + name);
  }

  private static void unpackTree(ArtifactSource.Tree tree, Path target) throws IOException {
    if (!(open(tree.locate()) instanceof JarURLConnection jar)) {
      throw new EngineException("the files of " + tree.resource() + " must lie in a jar");
    }
    try (JarFile file = jar.getJarFile()) {
      String prefix = jar.getEntryName();
      for (JarEntry entry : entries(file, prefix)) {
        if (!entry.isDirectory()) {
          try (InputStream in = file.getInputStream(entry)) {
            // A jar keeps no modes, and a library marked executable does no harm.
            write(in, resolve(target, entry.getName().substring(prefix.length())), true);
          }
        }
      }
    }
  }

  /** Returns the entry itself, or, for a directory, all entries below it in the jar's order. */
  private static List<JarEntry> entries(JarFile jar, String name) {
    String prefix = name.endsWith("/") ? name : name + "/";
    return jar.stream()
        .filter(entry -> entry.getName().equals(name) || entry.getName().startsWith(prefix))
        .toList();
  }

  static void untar(InputStream in, Path target) throws IOException {
    try (TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path path = resolve(target, entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else if (entry.isSymbolicLink()) {
          Path link = path.resolveSibling(entry.getLinkName()).normalize();
          requireInside(target, link, entry.getName());
          Files.createDirectories(path.getParent());
          Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
          Files.createDirectories(path.getParent());
          Files.createLink(path, resolve(target, entry.getLinkName()));
        } else if (entry.isFile()) {
          write(tar, path, (entry.getMode() & 0100) != 0);
        }
      }
    }
  }

  private static void write(InputStream in, Path file, boolean executable) throws IOException {
    Files.createDirectories(file.getParent());
    Files.copy(in, file);
    Files.setPosixFilePermissions(
        file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  private static Path resolve(Path target, String name) {
    Path path = target.resolve(name.startsWith("/") ? name.substring(1) : name).normalize();
    requireInside(target, path, name);
    return path;
  }

  private static void requireInside(Path target, Path path, String name) {
    if (!path.startsWith(target)) {
      throw new EngineException("an archive entry must stay inside its directory; got " + name);
    }
  }

  private static URLConnection open(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false); // closing our JarFile must not close one the class loader uses
    return connection;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}

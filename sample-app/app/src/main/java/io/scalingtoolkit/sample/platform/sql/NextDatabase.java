// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The database server that the users of a SQLite file are to move to, as a mover tells it to the
 * application that serves the file: by a file in the data folder, which has a password and is for
 * its owner alone. Immutable.
 *
 * @param kind the engine
 * @param primary JDBC address of the server that takes writes
 * @param replicas addresses of those that follow it
 * @param username who logs in
 * @param password its password
 * @param keeper process that keeps the servers running
 */
record NextDatabase(
    DatabaseSettings.Kind kind,
    String primary,
    List<String> replicas,
    @Nullable String username,
    @Nullable String password,
    long keeper) {

  private static final String FILE = "next-database.properties";

  NextDatabase {
    replicas = List.copyOf(replicas);
  }

  static NextDatabase of(DatabaseSettings settings, long keeper) {
    return new NextDatabase(
        settings.kind(),
        settings.writerUrl(),
        settings.replicas().stream().map(DatabaseSettings.Node::url).toList(),
        settings.username(),
        DatabaseServer.password(settings.password(), settings.passwordFile()),
        keeper);
  }

  /** Settings of an application on that server, with the limits of this one. */
  DatabaseSettings settings(DatabaseSettings here) {
    return new DatabaseSettings(
        kind,
        null,
        username,
        password,
        null,
        here.readers(),
        here.poolSize(),
        here.patience(),
        new DatabaseSettings.Node(primary),
        replicas.stream().map(DatabaseSettings.Node::new).toList(),
        List.of());
  }

  /** The file in a data folder by which a mover asks for the server to be used. */
  static Path request(Path folder) {
    return folder.resolve(FILE);
  }

  /** The file by which the application says that it does. */
  static Path answer(Path folder) {
    return folder.resolve(FILE + ".in-use");
  }

  /** Writes the request, whole or not at all. */
  void write(Path folder) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("kind", kind.name().toLowerCase(Locale.ROOT));
    properties.setProperty("primary", primary);
    for (int i = 0; i < replicas.size(); i++) {
      properties.setProperty("replica." + i, replicas.get(i));
    }
    put(properties, "username", username);
    put(properties, "password", password);
    properties.setProperty("keeper", Long.toString(keeper));
    Path half =
        Files.createTempFile(
            folder,
            FILE,
            ".new",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (Writer writer = Files.newBufferedWriter(half, StandardCharsets.UTF_8)) {
      properties.store(writer, null);
    }
    Files.move(half, request(folder), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void put(Properties properties, String name, @Nullable String value) {
    if (value != null) {
      properties.setProperty(name, value);
    }
  }

  /** Reads the request; empty when there is none. */
  static Optional<NextDatabase> read(Path folder) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(request(folder), StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
    List<String> replicas = new ArrayList<>();
    for (String url = properties.getProperty("replica.0");
        url != null;
        url = properties.getProperty("replica." + replicas.size())) {
      replicas.add(url);
    }
    return Optional.of(
        new NextDatabase(
            DatabaseSettings.Kind.valueOf(
                properties.getProperty("kind", "").toUpperCase(Locale.ROOT)),
            properties.getProperty("primary", ""),
            replicas,
            properties.getProperty("username"),
            properties.getProperty("password"),
            Long.parseLong(properties.getProperty("keeper", "0"))));
  }

  /** Leaves the password out. */
  @Override
  public String toString() {
    return "NextDatabase[" + DatabaseSettings.withoutOptions(primary) + "]";
  }
}

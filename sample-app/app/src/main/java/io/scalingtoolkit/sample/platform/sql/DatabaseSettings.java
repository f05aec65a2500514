// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which database serves the application, and how much of it. Immutable.
 *
 * @param kind the engine
 * @param url JDBC address of a database server; absent for SQLite and with {@code primary}
 * @param username who logs in at every server; absent for SQLite
 * @param password its password; absent when it has none, or when {@code passwordFile} has it
 * @param passwordFile a file whose text, without space around it, is the password
 * @param readers connections for reading SQLite, 1 to 64
 * @param poolSize connections to a server for writing, and as many for reading, 1 to 200
 * @param patience how long a request waits for a connection or for another writer before it is
 *     answered 503, 100 ms to 30 s
 * @param primary the server that takes writes, when there are replicas
 * @param replicas servers that follow the primary
 * @param shards databases that have the users between them, in place of {@code url} and {@code
 *     primary}; the first one also has the map that says who has whom
 */
@ConfigurationProperties("app.database")
record DatabaseSettings(
    @DefaultValue("SQLITE") Kind kind,
    @Nullable String url,
    @Nullable String username,
    @Nullable String password,
    @Nullable Path passwordFile,
    @DefaultValue("4") int readers,
    @DefaultValue("10") int poolSize,
    @DefaultValue("3s") Duration patience,
    @Nullable Node primary,
    @DefaultValue List<Node> replicas,
    @DefaultValue List<Shard> shards) {

  DatabaseSettings {
    requireRange("readers", readers, 64);
    requireRange("pool-size", poolSize, 200);
    if (patience.toMillis() < 100 || patience.toSeconds() > 30) {
      throw new IllegalArgumentException(
          "app.database.patience must be 100ms to 30s, but is " + patience.toMillis() + "ms");
    }
    if (password != null && passwordFile != null) {
      throw new IllegalArgumentException(
          "app.database.password and app.database.password-file must not both be given");
    }
    replicas = List.copyOf(replicas);
    shards = List.copyOf(shards);
    if (shards.isEmpty()) {
      requireServers(kind, url, primary, replicas);
    } else {
      requireShards(kind, url, primary, replicas, shards);
    }
  }

  /**
   * One shard.
   *
   * @param name lower-case letters, digits and hyphens
   * @param primary the server that takes its writes
   * @param replicas servers that follow it
   */
  record Shard(@Nullable String name, @Nullable Node primary, @DefaultValue List<Node> replicas) {

    Shard {
      replicas = List.copyOf(replicas);
      if (name == null || !name.matches("[a-z][a-z0-9-]{0,30}")) {
        throw new IllegalArgumentException(
            "app.database.shards[].name must match [a-z][a-z0-9-]{0,30}, but is '"
                + (name == null ? "" : name)
                + "'");
      }
    }

    /** The name, which is there. */
    String word() {
      return String.valueOf(name);
    }

    /** The address of the server that takes writes. */
    String writerUrl() {
      if (primary == null) {
        throw new IllegalStateException("there is no address for shard " + name);
      }
      return primary.url();
    }
  }

  /**
   * One server.
   *
   * @param url its JDBC address
   */
  record Node(String url) {}

  /** The engines; the prefix is what a JDBC address of one begins with. */
  enum Kind {
    SQLITE("", "", ""),
    POSTGRES("jdbc:postgresql:", "org.postgresql.Driver", "PostgreSQL"),
    MARIADB("jdbc:mariadb:", "org.mariadb.jdbc.Driver", "MariaDB"),
    MYSQL("jdbc:mysql:", "com.mysql.cj.jdbc.Driver", "MySQL");

    private final String prefix;
    private final String driver;
    private final String product;

    Kind(String prefix, String driver, String product) {
      this.prefix = prefix;
      this.driver = driver;
      this.product = product;
    }

    String driver() {
      return driver;
    }

    String product() {
      return product;
    }
  }

  /** The address of the server that takes writes. */
  String writerUrl() {
    if (!shards.isEmpty()) {
      return shards.get(0).writerUrl();
    }
    String writer = primary == null ? url : primary.url();
    if (writer == null) {
      throw new IllegalStateException("there is no address for " + kind);
    }
    return writer;
  }

  /** Leaves the password out. */
  @Override
  public String toString() {
    return "DatabaseSettings[" + kind + "]";
  }

  private static void requireRange(String name, int value, int largest) {
    if (value < 1 || value > largest) {
      throw new IllegalArgumentException(
          "app.database." + name + " must be 1 to " + largest + ", but is " + value);
    }
  }

  private static void requireServers(
      Kind kind, @Nullable String url, @Nullable Node primary, List<Node> replicas) {
    if (kind == Kind.SQLITE) {
      if (url != null || primary != null || !replicas.isEmpty()) {
        throw new IllegalArgumentException(
            "app.database.url, primary and replicas are for a kind with a server, but"
                + " app.database.kind is sqlite");
      }
      return;
    }
    if ((url == null) == (primary == null)) {
      throw new IllegalArgumentException(
          "either app.database.url or app.database.primary.url must be given for kind "
              + name(kind));
    }
    requirePrefix(
        kind, primary == null ? "url" : "primary.url", primary == null ? url : primary.url());
    for (int i = 0; i < replicas.size(); i++) {
      requirePrefix(kind, "replicas[" + i + "].url", replicas.get(i).url());
    }
    if (!replicas.isEmpty() && primary == null) {
      throw new IllegalArgumentException(
          "app.database.replicas need app.database.primary.url, but only app.database.url is given");
    }
  }

  private static void requireShards(
      Kind kind,
      @Nullable String url,
      @Nullable Node primary,
      List<Node> replicas,
      List<Shard> shards) {
    if (kind == Kind.SQLITE || url != null || primary != null || !replicas.isEmpty()) {
      throw new IllegalArgumentException(
          "app.database.shards must stand alone, without url, primary and replicas, and need a kind"
              + " with a server; app.database.kind is "
              + name(kind));
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      String prefix = "shards[" + i + "].";
      if (!names.add(shard.word())) {
        throw new IllegalArgumentException(
            "app.database.shards must have names of their own, but two are '" + shard.name() + "'");
      }
      requirePrefix(
          kind, prefix + "primary.url", shard.primary() == null ? null : shard.primary().url());
      for (int j = 0; j < shard.replicas().size(); j++) {
        requirePrefix(kind, prefix + "replicas[" + j + "].url", shard.replicas().get(j).url());
      }
    }
  }

  private static void requirePrefix(Kind kind, String name, @Nullable String url) {
    if (url == null || !url.startsWith(kind.prefix)) {
      throw new IllegalArgumentException(
          "app.database.%s must begin with %s for kind %s, but is '%s'"
              .formatted(name, kind.prefix, name(kind), url == null ? "" : withoutOptions(url)));
    }
  }

  /** An address as it may stand in a log: options may hold a password. */
  static String withoutOptions(String url) {
    return url.replaceFirst("\\?.*", "");
  }

  private static String name(Kind kind) {
    return kind.name().toLowerCase(java.util.Locale.ROOT);
  }
}

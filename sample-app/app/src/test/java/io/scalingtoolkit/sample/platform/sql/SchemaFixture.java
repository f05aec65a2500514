// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sharding.ShardedDataSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.flywaydb.core.api.migration.JavaMigration;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** A SQLite file with some migrations of the application, wired as the application wires it. */
public final class SchemaFixture {

  private final JdbcTemplate template;
  private final PlatformTransactionManager transactions;

  private SchemaFixture(SQLiteDataSource source) {
    this.template = new JdbcTemplate(source);
    this.template.setExceptionTranslator(new SqliteErrors());
    this.transactions = new FileOrServerTransactionManager(source);
  }

  /** Creates the file and runs the migrations in the order given. */
  public static SchemaFixture open(Path file, String... migrations) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setBusyTimeout(10_000);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    SchemaFixture fixture = new SchemaFixture(source);
    for (String migration : migrations) {
      for (String statement : read(migration).split(";", -1)) {
        if (!statement.isBlank()) {
          fixture.template.execute(statement);
        }
      }
    }
    fixture.template.execute((ConnectionCallback<Boolean>) SchemaFixture::addSlots);
    return fixture;
  }

  private static boolean addSlots(Connection connection) throws SQLException {
    for (ShardedTables table : ShardedTables.values()) {
      try (ResultSet found = connection.getMetaData().getTables(null, null, table.word(), null)) {
        if (found.next()) {
          SlotMigration.migrate(connection, table);
        }
      }
    }
    return true;
  }

  /** Returns the migration that is no file. */
  public static JavaMigration slots() {
    return new SlotMigration();
  }

  /** Returns the client that repositories take. */
  public JdbcClient jdbc() {
    return JdbcClient.create(template);
  }

  /** Returns the file as the only one that has users. */
  public Databases databases() {
    return new Databases(
        template.getDataSource(),
        transactions,
        template.getExceptionTranslator(),
        new StaticListableBeanFactory().getBeanProvider(ShardedDataSource.class));
  }

  /** Returns the transaction manager. */
  public PlatformTransactionManager transactions() {
    return transactions;
  }

  private static String read(String migration) {
    try (InputStream in = SchemaFixture.class.getResourceAsStream("/db/migration/" + migration)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.replaceAll("(?m)^--.*$", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

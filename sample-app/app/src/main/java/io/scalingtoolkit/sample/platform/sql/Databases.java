// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.scalingtoolkit.sharding.ShardedDataSource;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** All databases that hold users: one, or the shards. Thread-safe. */
@Component
public final class Databases {

  private final Supplier<List<Database>> all;

  Databases(
      DataSource only,
      PlatformTransactionManager transactions,
      SQLExceptionTranslator errors,
      ObjectProvider<ShardedDataSource> sharded) {
    ShardedDataSource shards = sharded.getIfAvailable();
    List<Database> known =
        shards == null ? List.of(of(only, transactions, errors, slot -> true)) : of(shards, errors);
    if (only instanceof FileOrServer moving) {
      this.all =
          () -> {
            FileOrServer.Both both = moving.both();
            return both == null ? known : of(both.shards(), errors);
          };
    } else {
      this.all = () -> known;
    }
  }

  /** Returns them, in the order of the settings. */
  public List<Database> all() {
    return all.get();
  }

  private static List<Database> of(ShardedDataSource shards, SQLExceptionTranslator errors) {
    return shards.shards().stream().map(name -> shard(shards, name, errors)).toList();
  }

  private static Database shard(
      ShardedDataSource shards, String name, SQLExceptionTranslator errors) {
    DataSource pool = shards.shard(name);
    return of(
        pool,
        name.equals(MovableFile.NAME)
            ? new FileOrServerTransactionManager(pool)
            : new ReplicatedTransactionManager(pool),
        errors,
        slot -> shards.map().shardOf(slot).equals(name));
  }

  private static Database of(
      DataSource pool,
      PlatformTransactionManager transactions,
      SQLExceptionTranslator errors,
      IntPredicate owns) {
    JdbcTemplate template = new JdbcTemplate(pool);
    template.setExceptionTranslator(errors);
    TransactionTemplate read = new TransactionTemplate(transactions);
    read.setReadOnly(true);
    return new Database(
        JdbcClient.create(template), new TransactionTemplate(transactions), read, owns);
  }
}

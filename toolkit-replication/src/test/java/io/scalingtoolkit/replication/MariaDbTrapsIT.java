// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.testkit.mysql.MariaDbCluster;
import io.scalingtoolkit.testkit.mysql.MariaDbExtension;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where each statement runs, or with which error it fails, in each mode of a connection. */
class MariaDbTrapsIT {
  @RegisterExtension
  static final MariaDbExtension MARIADB = MariaDbExtension.of(MariaDbCluster.builder().replicas(1));

  // Columns: autocommit, autocommit with setReadOnly(true), read-only transaction, transaction.
  private static final String STATEMENTS =
      """
      select * from t                                    | R       | R       | R       | P
      select now(), rand() from t                        | R       | R       | R       | P
      /*@primary*/ select * from t                       | P       | P       | P       | P
      /*@replica*/ select @@server_id                    | R       | R       | R       | P
      select @@server_id                                 | P       | P       | P       | P
      select * from t for update                         | P       | P 25006 | P 25006 | P
      select * from t lock in share mode                 | P       | P       | P       | P
      select get_lock('l{n}', 1)                         | P       | P       | P       | P
      select release_lock('l{n}')                        | P       | P       | P       | P
      select is_free_lock('l{n}')                        | P       | P       | P       | P
      select last_insert_id()                            | P       | P       | P       | P
      select last_insert_id(5)                           | P       | P       | P       | P
      select row_count()                                 | P       | P       | P       | P
      select found_rows()                                | P       | P       | P       | P
      set @a = 1                                         | P       | P       | P       | P
      select @a                                          | P       | P       | P       | P
      select @a := 1                                     | P       | P       | P       | P
      set names utf8mb4                                  | P       | P       | P       | P
      set sql_mode = ''                                  | P       | P       | P       | P
      use app                                            | P       | P       | P       | P
      insert into t (name) values ('x')                  | P       | P 25006 | P 25006 | P
      replace into t values (1, 'x')                     | P       | P 25006 | P 25006 | P
      update t set name = 'x' where id = -1              | P       | P 25006 | P 25006 | P
      delete from t where id = -1                        | P       | P 25006 | P 25006 | P
      create temporary table t{n} (a int)                | P       | P 25006 | P 25006 | P
      create table if not exists u (a int)               | P       | P 25006 | P 25006 | P
      lock tables t read                                 | P       | P       | P       | P
      unlock tables                                      | P       | P       | P       | P
      select * from t limit 1 into @a, @b                | P       | P       | P       | P
      select sleep(0)                                    | R       | R       | R       | P
      select uuid()                                      | R       | R       | R       | P
      prepare p{n} from 'select 1 /*cell-{n}-*/'           | P       | P       | P       | P
      execute p{n}                                       | P HY000 | P HY000 | P HY000 | P HY000
      call writing()                                     | P       | P 25006 | P 25006 | P
      select hidden_write()                              | P       | P 25006 | P 25006 | P
      select * from writing_view                         | P       | P 25006 | P 25006 | P
      analyze table t                                    | P       | P       | P       | P
      show tables                                        | R       | R       | R       | P
      show warnings                                      | P       | P       | P       | P
      explain select * from t                            | R       | R       | R       | P
      set session transaction read write                 | P       | P       | P       | P
      savepoint a                                        | P       | P       | P       | P
      select * from no_such_table                        | R 42S02 | R 42S02 | R 42S02 | P 42S02
      selct                                              | P 42000 | P 42000 | P 42000 | P 42000
      select nextval(seq)                                | P       | P 25006 | P 25006 | P
      select lastval(seq)                                | P       | P       | P       | P
      """;

  private static final String CALLS =
      """
      [prepared read]                                    | R       | R       | R       | P
      [batch of a statement]                             | P       | P 25006 | P 25006 | P
      [batch of a prepared one]                          | P       | P 25006 | P 25006 | P
      [generated keys]                                   | P       | P       | P       | P
      [prepareCall]                                      | P       | P 25006 | P 25006 | P
      [updatable result]                                 | P       | P       | P       | P
      [stream as a parameter]                            | P       | P       | P       | P
      [read after a savepoint]                           | R       | R       | P       | P
      [read after SET]                                   | P       | P       | P       | P
      [read after GET_LOCK]                              | P       | P       | P       | P
      [read after BEGIN in SQL]                          | P       | P       | P       | P
      [id of an insert]                                  | P       | - 25006 | - 25006 | P
      [rows of a read]                                   | P       | P       | P       | P
      [SET after a read]                                 | P       | P       | - 25006 | P
      [read, serializable]                               | P       | P       | P       | P
      """;

  private static GtidTraps traps;

  @BeforeAll
  static void open() throws Exception {
    traps = new GtidTraps(MARIADB.cluster());
  }

  @AfterAll
  static void close() throws SQLException {
    if (traps != null) {
      traps.close();
    }
  }

  @Test
  void statements_inEachMode_runWhereTheyBelong() throws SQLException {
    assertThat(traps.statements(STATEMENTS)).isEqualTo(STATEMENTS);
  }

  @Test
  void calls_inEachMode_runWhereTheyBelong() throws SQLException {
    assertThat(traps.calls(CALLS)).isEqualTo(CALLS);
  }
}

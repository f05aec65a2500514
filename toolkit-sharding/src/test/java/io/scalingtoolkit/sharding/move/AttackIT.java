// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.map.SlotStrategy;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile user, a strange schema or a database that is away could break. */
class AttackIT {
  private static final MoveOptions OPTIONS =
      MoveOptions.DEFAULT.withGroupSize(MoveSetup.SLOTS).withLease(Duration.ofSeconds(1));

  private static void run(DataSource database, String... statements) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<String> texts(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        found.add(rows.getString(1));
      }
      return found;
    }
  }

  private static void assume(String product) {
    assumeTrue(Engine.unavailable(product).isEmpty(), () -> Engine.unavailable(product).get());
  }

  /** Calls once at a step. */
  private static MoveListener at(String label, Runnable action) {
    return new MoveListener() {
      private boolean done;

      @Override
      public void step(Move move, String step) {
        if (step.equals(label) && !done) {
          done = true;
          action.run();
        }
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void update_toSlotThatIsUnknownOrNull_isRefused(String product) throws Exception {
    assume(product);
    try (Engine engine = Engine.of(product)) {
      HikariDataSource database = engine.database();
      run(database, "create table thing (id bigint not null primary key, slot_id integer)");
      thing().install(database, "s1", ShardMap.of(SlotStrategy.hash(4), List.of(Shard.of("s1"))));
      run(database, "insert into thing (id, slot_id) values (1, 1)");

      assertThatThrownBy(() -> run(database, "update thing set slot_id = 4711 where id = 1"))
          .matches(SlotGuard::isRefusal);
      assertThatThrownBy(() -> run(database, "update thing set slot_id = null where id = 1"))
          .matches(SlotGuard::isRefusal);
    }
  }

  private static SlotGuard thing() {
    return SlotGuard.of(ShardedTable.of("thing", "id", ShardedTable.KeyType.INTEGER));
  }

  /** Shards with one table of a user's making. */
  private static final class Things {
    final HikariDataSource control;
    final ShardMapStore store;
    final List<HikariDataSource> databases = new ArrayList<>();

    Things(Engine engine, String table) throws SQLException {
      this(engine, engine, table, table);
    }

    Things(Engine from, Engine to, String left, String right) throws SQLException {
      control = to.database();
      store = ShardMapStore.jdbc(control);
      store.create(
          ShardMap.of(SlotStrategy.hash(4), List.of(Shard.of("s1"))).withShard(Shard.of("s2")));
      for (int i = 0; i < 2; i++) {
        HikariDataSource database = (i == 0 ? from : to).database();
        databases.add(database);
        run(database, i == 0 ? left : right);
        thing().install(database, "s" + (i + 1), store.load());
      }
    }

    int slot(long id) throws SQLException {
      return store.load().slotOf(id);
    }

    Mover.Builder mover() {
      return Mover.builder(control, thing())
          .shard("s1", databases.get(0))
          .shard("s2", databases.get(1))
          .options(OPTIONS);
    }

    List<SlotPlanner.Transfer> all() {
      return List.of(new SlotPlanner.Transfer(SlotSet.range(0, 3), "s1", "s2"));
    }
  }

  /** The session of a foreign writer, of the mover and of the server may each have another zone. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void move_sessionsOfAnotherZone_keepTimes(String product) throws Exception {
    assume(product);
    boolean postgres = product.equals("postgres");
    try (Engine engine = Engine.of(product)) {
      Things things =
          new Things(
              engine,
              "create table thing (id bigint not null, at "
                  + (postgres ? "timestamptz(6)" : "timestamp(6)")
                  + " not null, seen "
                  + (postgres ? "timestamptz(6)" : "timestamp(6)")
                  + " null, slot_id integer not null, primary key (id, at))");
      HikariDataSource source = things.databases.get(0);
      String zone = postgres ? "set timezone = 'Asia/Tokyo'" : "set time_zone = '+09:00'";
      int slot = things.slot(7);
      run(
          source,
          zone,
          "insert into thing values (7, '2026-03-29 02:30:00.25', '2026-03-29 02:30:00.5', "
              + slot
              + ")");
      try (HikariDataSource left = pool(engine.url(source), zone);
          HikariDataSource right =
              pool(engine.url(things.databases.get(1)), zone.replace('9', '5'))) {
        Mover mover =
            Mover.builder(things.control, thing())
                .shard("s1", left)
                .shard("s2", right)
                .options(OPTIONS)
                .listener(
                    at(
                        "catch-up",
                        () ->
                            unchecked(
                                left,
                                "insert into thing values (7, '2026-07-01 10:00:00', null, "
                                    + slot
                                    + ")",
                                "update thing set seen = '2026-07-01 11:00:00'")))
                .build();

        MoveReport report = mover.run(things.all());

        assertThat(report.isDone()).as(report.toString()).isTrue();
        String epoch =
            postgres
                ? "select extract(epoch from at)::bigint || '/' || extract(epoch from seen)::bigint"
                    + " from thing order by at"
                : "select concat(floor(unix_timestamp(at)), '/', floor(unix_timestamp(seen))) from"
                    + " thing order by at";
        // In UTC 2026-03-28T17:30:00, 2026-07-01T01:00:00 and 02:00:00.
        assertThat(texts(things.databases.get(1), epoch))
            .containsExactly("1774719000/1782871200", "1782867600/1782871200");
      }
    }
  }

  private static HikariDataSource pool(String url, String init) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(4);
    config.setMinimumIdle(0);
    config.setConnectionInitSql(init);
    return new HikariDataSource(config);
  }

  private static void unchecked(DataSource database, String... statements) {
    try {
      run(database, statements);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void run_targetLeavesTheMapMeanwhile_isUndone(String product) throws Exception {
    assume(product);
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      Mover mover =
          setup
              .mover()
              .options(OPTIONS)
              .listener(
                  at(
                      "freeze",
                      () -> {
                        try {
                          assertThat(setup.store.replace(setup.store.load().withoutShard("s2")))
                              .isTrue();
                        } catch (SQLException e) {
                          throw new IllegalStateException(e);
                        }
                      }))
              .build();

      MoveReport report = mover.run(setup.all());

      assertThat(report.moves().get(0).state()).isEqualTo(MoveState.ABORTED);
      assertThat(report.moves().get(0).progress()).contains("\"s2\"");
      setup.assertNothingLeft();
    }
  }

  @Test
  void run_targetIsNotInTheMap_isRefusedBeforeItBegins() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.store.replace(setup.store.load().withoutShard("s2"));

      assertThatThrownBy(() -> setup.mover().build().run(setup.all()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("\"s2\"");

      assertThat(setup.mover().build().moves()).isEmpty();
    }
  }

  /** The target dies while writers are kept out: they are let in again without it. */
  @Test
  void run_targetDiesInTheFreeze_writersAreLetIn() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      Away target = new Away(setup.databases.get("s2"));
      Mover mover = mover(setup, target, at("freeze.done", () -> target.away = true));

      assertThatThrownBy(() -> mover.run(setup.all())).isInstanceOf(SQLException.class);

      run(setup.databases.get("s1"), "update customer set version = 9");
      target.away = false;
      Mover other = mover(setup, target, MoveListener.NONE);
      await().until(() -> !other.resume().moves().isEmpty());
      setup.assertNothingLeft();
    }
  }

  /** As before, and the mover dies too, before it lets writers in. */
  @ParameterizedTest
  @ValueSource(strings = {"freeze.done", "abort.source"})
  void unblock_targetAndMoverDead_writersAreLetIn(String last) throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      Away target = new Away(setup.databases.get("s2"));
      MoveListener listener =
          new MoveListener() {
            @Override
            public void step(Move move, String step) {
              if (step.equals("freeze.done")) {
                target.away = true;
              }
              if (step.equals(last)) {
                throw new Soaking.Killed();
              }
            }
          };
      Mover mover = mover(setup, target, listener);
      assertThatThrownBy(() -> mover.run(setup.all())).isInstanceOf(Soaking.Killed.class);
      Mover other = mover(setup, target, MoveListener.NONE);

      await()
          .until(
              () -> {
                try {
                  return other.unblock() > 0;
                } catch (SQLException away) {
                  return true;
                }
              });

      run(setup.databases.get("s1"), "update customer set version = 9");
      target.away = false;
      await().until(() -> !other.resume().moves().isEmpty());
      setup.assertNothingLeft();
    }
  }

  /** The way back fails while writers are kept out of the target: they are let in there again. */
  @Test
  void rollBack_sourceDiesInTheFreeze_writersAreLetIn() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      String id = Soaking.begin(setup, OPTIONS);
      Away source = new Away(setup.databases.get("s1"));
      Mover mover =
          Mover.builder(setup.control, Shop.GUARD)
              .shard("s1", source)
              .shard("s2", setup.databases.get("s2"))
              .options(OPTIONS)
              .listener(at("freeze.done", () -> source.away = true))
              .build();
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> mover.rollBack(id))
                      .isInstanceOf(SQLException.class)
                      .hasMessageContaining("away"));

      run(setup.databases.get("s2"), "update customer set version = 9");
      source.away = false;
      await().until(() -> !mover.resume().moves().isEmpty());
      setup.assertNothingLeft();
    }
  }

  /** One database that is away keeps no other move from being resumed. */
  @Test
  void resume_oneTargetIsAway_othersGoOn() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2", "s3");
      setup.fill(20);
      Away target = new Away(setup.databases.get("s2"));
      List<SlotPlanner.Transfer> transfers =
          List.of(
              new SlotPlanner.Transfer(SlotSet.range(0, 7), "s1", "s2"),
              new SlotPlanner.Transfer(SlotSet.range(8, 15), "s1", "s3"));
      for (SlotPlanner.Transfer transfer : transfers) {
        Mover dies =
            setup
                .mover()
                .options(OPTIONS)
                .listener(
                    at(
                        "freeze.done",
                        () -> {
                          throw new Soaking.Killed();
                        }))
                .build();
        assertThatThrownBy(() -> dies.run(List.of(transfer))).isInstanceOf(Soaking.Killed.class);
      }
      target.away = true;
      Mover other =
          Mover.builder(setup.control, Shop.GUARD)
              .shard("s1", setup.databases.get("s1"))
              .shard("s2", target)
              .shard("s3", setup.databases.get("s3"))
              .options(OPTIONS)
              .build();

      await()
          .until(
              () -> {
                try {
                  return other.resume().moves().size() < 0;
                } catch (SQLException away) {
                  return other.moves().get(1).state() == MoveState.DONE;
                }
              });

      target.away = false;
      await().until(() -> !other.resume().moves().isEmpty());
      setup.assertNothingLeft();
    }
  }

  private static Mover mover(MoveSetup setup, DataSource target, MoveListener listener)
      throws SQLException {
    return Mover.builder(setup.control, Shop.GUARD)
        .shard("s1", setup.databases.get("s1"))
        .shard("s2", target)
        .options(OPTIONS)
        .listener(listener)
        .build();
  }

  /** Installing again, as at every start, must leave no moment without triggers. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql", "sqlite"})
  void install_again_isGuardedAllTheTime(String product) throws Exception {
    assume(product);
    try (Engine engine = Engine.of(product)) {
      HikariDataSource database = engine.database();
      run(
          database,
          "create table thing (id bigint primary key, slot_id integer not null, other integer not"
              + " null)");
      ShardMap map = ShardMap.of(SlotStrategy.hash(4), List.of(Shard.of("s1")));
      thing().install(database, "elsewhere", map);
      // Other triggers than before, so that they have to be replaced.
      SlotGuard changed =
          SlotGuard.of(new ShardedTable("thing", "id", ShardedTable.KeyType.INTEGER, "other"));
      List<String> written = new ArrayList<>();
      DataSource watched =
          new Watched(
              database,
              sql -> {
                try (Connection writer = database.getConnection();
                    Statement statement = writer.createStatement()) {
                  if (product.equals("postgres")) {
                    statement.execute("set lock_timeout = 100");
                  } else if (!product.equals("sqlite")) {
                    statement.execute("set session lock_wait_timeout = 1");
                  } else {
                    statement.execute("pragma busy_timeout = 100");
                  }
                  statement.execute("insert into thing values (1, 1, 1)");
                  written.add(sql);
                } catch (SQLException refused) {
                  // As it must be.
                }
              });

      changed.install(watched, "elsewhere", map);
      thing().install(watched, "elsewhere", map);

      assertThat(written).isEmpty();
    }
  }

  /** A slot larger than the lease is long: nobody may think that its mover is dead. */
  @Test
  void run_slotTakesLongerThanTheLease_keepsTheMove() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Engine engine = Engine.of("postgres")) {
      Things things =
          new Things(
              engine, "create table thing (id bigint primary key, slot_id integer not null)");
      List<String> inserts = new ArrayList<>();
      for (long id = 0; inserts.size() < 500; id++) {
        if (things.slot(id) == 2) {
          inserts.add("insert into thing values (" + id + ", 2)");
        }
      }
      run(things.databases.get(0), inserts.toArray(new String[0]));
      MoveOptions slow =
          new MoveOptions(
              4,
              20,
              200,
              1_000,
              Duration.ofMillis(100),
              10,
              Duration.ofSeconds(1),
              Duration.ofSeconds(2),
              Duration.ZERO);
      Mover first = things.mover().options(slow).build();
      Mover second = things.mover().build();

      Future<MoveReport> report = executor.submit(() -> first.run(things.all()));
      List<Move> taken = new ArrayList<>();
      while (!report.isDone()) {
        taken.addAll(second.resume().moves());
        LockSupport.parkNanos(1_000_000);
      }

      assertThat(report.get().isDone()).isTrue();
      assertThat(taken).isEmpty();
    } finally {
      executor.shutdownNow();
    }
  }

  /**
   * Writers that end one after the other, each just in time, add up to one patience, not to many.
   */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void lock_writersOfManySlots_waitsOnePatience(String product) throws Exception {
    assume(product);
    ScheduledExecutorService executor = Executors.newScheduledThreadPool(2);
    try (Engine engine = Engine.of(product)) {
      Things things =
          new Things(
              engine, "create table thing (id bigint primary key, slot_id integer not null)");
      HikariDataSource database = things.databases.get(0);
      List<Future<?>> ends = new ArrayList<>();
      for (int slot = 0; slot < 4; slot++) {
        Connection writer = database.getConnection();
        writer.setAutoCommit(false);
        try (Statement statement = writer.createStatement()) {
          statement.execute("insert into thing values (" + slot + ", " + slot + ")");
        }
        ends.add(
            executor.schedule(
                () -> {
                  writer.commit();
                  writer.close();
                  return true;
                },
                300L * (slot + 1),
                TimeUnit.MILLISECONDS));
      }
      ShardSide side = ShardSide.open("s1", database, thing().tables());

      assertThat(side.locked(SlotSet.range(0, 3), Duration.ofMillis(400), own -> {})).isFalse();

      for (Future<?> end : ends) {
        end.get();
      }
      assertThat(side.locked(SlotSet.range(0, 3), Duration.ofMillis(400), own -> {})).isTrue();
    } finally {
      executor.shutdownNow();
    }
  }

  /** A cart whose line is taken out and put in again, under another number. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb", "mysql"})
  void move_uniqueValueGoesToAnotherRow_isFollowed(String product) throws Exception {
    assume(product);
    try (Engine engine = Engine.of(product)) {
      Things things =
          new Things(
              engine,
              "create table thing (id bigint primary key, name varchar(20) not null unique, slot_id"
                  + " integer not null)");
      HikariDataSource source = things.databases.get(0);
      run(source, "insert into thing values (7, 'ada', " + things.slot(7) + ")");
      MoveListener listener =
          at(
              "catch-up",
              () ->
                  unchecked(
                      source,
                      "delete from thing where id = 7",
                      "insert into thing select 8, 'ada', slot from tk_slot where slot = "
                          + uncheckedSlot(things, 8)));

      MoveReport report = things.mover().listener(listener).build().run(things.all());

      assertThat(report.isDone()).as(report.toString()).isTrue();
      assertThat(texts(things.databases.get(1), "select id from thing")).containsExactly("8");
    }
  }

  private static int uncheckedSlot(Things things, long id) {
    try {
      return things.slot(id);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** SQLite tables without row numbers, and ones that have a column of that name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "create table thing (id integer not null, note text, slot_id integer not null, primary key (id)) without rowid",
        "create table thing (id bigint primary key, rowid text, slot_id integer not null)"
      })
  void move_sqliteRowIds_purgesItsOwnRowsOnly(String table) throws Exception {
    try (Engine sqlite = Engine.of("sqlite");
        Engine postgres = Engine.of("postgres")) {
      Things things =
          new Things(
              sqlite,
              postgres,
              table,
              "create table thing (id bigint primary key, "
                  + (table.contains("note") ? "note" : "rowid")
                  + " text, slot_id integer not null)");
      for (long id = 0; id < 20; id++) {
        run(
            things.databases.get(0),
            "insert into thing values (" + id + ", 'same', " + things.slot(id) + ")");
      }

      MoveReport report =
          things
              .mover()
              .build()
              .run(List.of(new SlotPlanner.Transfer(SlotSet.range(0, 1), "s1", "s2")));

      assertThat(report.isDone()).isTrue();
      int stayed =
          Integer.parseInt(texts(things.databases.get(0), "select count(*) from thing").get(0));
      int moved =
          Integer.parseInt(texts(things.databases.get(1), "select count(*) from thing").get(0));
      assertThat(stayed + moved).isEqualTo(20);
      assertThat(moved).isPositive();
    }
  }

  /** Columns whose text depends on the session, or that drivers name in a way that misleads. */
  @Test
  void move_strangeTypes_arriveAsTheyWere() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      String table =
          "create type chart_kind as enum ('bar', 'pie');"
              + "create table thing (id bigint not null, raw bytea not null, day date not null, code"
              + " char(6) not null, kind chart_kind, n numeric, r real, d double precision, tags"
              + " text[], doc jsonb, slot_id integer not null, primary key (id, raw, day, code))";
      Things things = new Things(engine, table);
      HikariDataSource source = things.databases.get(0);
      int slot = things.slot(7);
      String row =
          "insert into thing values (7, '\\x00ff5c', '2026-05-11', '%s', 'pie', 'NaN', 'Infinity',"
              + " 'NaN', '{\"a,b\",NULL}', '{\"k\": [1, 2]}', "
              + slot
              + ")";
      run(source, row.formatted("ab"), row.formatted("ac"));
      MoveListener listener =
          at(
              "freeze",
              () ->
                  unchecked(
                      source,
                      "do $$ begin perform set_config('bytea_output', 'escape', true); "
                          + row.formatted("new")
                          + "; perform set_config('datestyle', 'SQL, DMY', true);"
                          + " update thing set doc = '{}' where code = 'ab';"
                          + " delete from thing where code = 'ac'; end $$"));

      MoveReport report = things.mover().listener(listener).build().run(things.all());

      assertThat(report.isDone()).as(report.toString()).isTrue();
      assertThat(
              texts(
                  things.databases.get(1),
                  "select concat_ws('|', encode(raw, 'hex'), day, code, kind, n, r, d, tags, doc) from"
                      + " thing order by code"))
          .containsExactly(
              "00ff5c|2026-05-11|ab    |pie|NaN|Infinity|NaN|{\"a,b\",NULL}|{}",
              "00ff5c|2026-05-11|new   |pie|NaN|Infinity|NaN|{\"a,b\",NULL}|{\"k\": [1, 2]}");
    }
  }

  /** A database that can be away, for whoever wants a connection. */
  private static final class Away extends Wrapped {
    volatile boolean away;

    Away(DataSource database) {
      super(database);
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (away) {
        throw new SQLException("away", "08001");
      }
      return super.getConnection();
    }
  }

  /** Tells of each statement that has dropped something. */
  private static final class Watched extends Wrapped {
    private final Consumer<String> dropped;

    Watched(DataSource database, Consumer<String> dropped) {
      super(database);
      this.dropped = dropped;
    }

    @Override
    public Connection getConnection() throws SQLException {
      Connection connection = super.getConnection();
      return proxy(
          Connection.class,
          connection,
          (name, result, args) ->
              name.equals("createStatement")
                  ? proxy(
                      Statement.class,
                      (Statement) result,
                      (method, nothing, sql) -> {
                        if (method.equals("execute") && sql[0].toString().startsWith("drop")) {
                          dropped.accept(sql[0].toString());
                        }
                        return nothing;
                      })
                  : result);
    }

    private interface After {
      Object returned(String method, Object result, Object[] args);
    }

    private static <T> T proxy(Class<T> type, T delegate, After after) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, args) -> {
                try {
                  return after.returned(method.getName(), method.invoke(delegate, args), args);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              }));
    }
  }

  /** A data source over another one. */
  private abstract static class Wrapped implements DataSource {
    private final DataSource database;

    Wrapped(DataSource database) {
      this.database = database;
    }

    @Override
    public Connection getConnection() throws SQLException {
      return database.getConnection();
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return database.getConnection(user, password);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
      return database.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
      database.setLogWriter(out);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
      return database.getLoginTimeout();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
      database.setLoginTimeout(seconds);
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
      return database.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      return database.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
      return database.isWrapperFor(type);
    }
  }
}

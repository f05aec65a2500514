// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import static io.scalingtoolkit.sharding.move.Things.run;
import static io.scalingtoolkit.sharding.move.Things.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.testkit.net.Direction;
import io.scalingtoolkit.testkit.net.FaultProxy;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The control database falls silent at the moment at which it is to decide. */
class SilentControlIT {
  private static final MoveOptions OPTIONS =
      MoveOptions.DEFAULT.withGroupSize(MoveSetup.SLOTS).withLease(Duration.ofSeconds(1));

  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final List<String> steps = new CopyOnWriteArrayList<>();
  private final AtomicReference<Runnable> atSwitch = new AtomicReference<>();

  @AfterEach
  void end() {
    executor.shutdownNow();
  }

  /** A database behind a proxy; something happens just before the next commit is sent. */
  private static final class Control extends Intercepted.Wrapped implements AutoCloseable {
    final FaultProxy proxy;
    private final HikariDataSource direct;
    private final HikariDataSource pool;
    private final AtomicReference<Runnable> atCommit = new AtomicReference<>();
    private volatile boolean bypassed;

    private Control(HikariDataSource direct, HikariDataSource pool, FaultProxy proxy) {
      super(pool);
      this.direct = direct;
      this.pool = pool;
      this.proxy = proxy;
    }

    static Control of(Engine engine, HikariDataSource direct) {
      URI address = URI.create(engine.url(direct).substring("jdbc:".length()));
      FaultProxy proxy = FaultProxy.to(address.getHost(), address.getPort());
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(
          engine
              .url(direct)
              .replace(
                  address.getHost() + ':' + address.getPort(), proxy.host() + ':' + proxy.port()));
      config.setMaximumPoolSize(8);
      config.setMinimumIdle(0);
      config.setConnectionTimeout(2_000);
      return new Control(direct, new HikariDataSource(config), proxy);
    }

    @Override
    public Connection getConnection() throws SQLException {
      Connection connection = bypassed ? direct.getConnection() : super.getConnection();
      return (Connection)
          Proxy.newProxyInstance(
              Connection.class.getClassLoader(),
              new Class<?>[] {Connection.class},
              (self, method, args) -> {
                if (method.getName().equals("commit")) {
                  Runnable once = atCommit.getAndSet(null);
                  if (once != null) {
                    once.run();
                  }
                }
                try {
                  return method.invoke(connection, args);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    @Override
    public void close() {
      pool.close();
      proxy.close();
    }
  }

  private MoveListener listener() {
    return new MoveListener() {
      @Override
      public void step(Move move, String label) {
        steps.add(label);
        if (label.equals("switch")) {
          Runnable once = atSwitch.getAndSet(null);
          if (once != null) {
            once.run();
          }
        }
      }
    };
  }

  private Future<MoveReport> move(MoveSetup setup, DataSource control) throws SQLException {
    Mover mover =
        Mover.builder(control, Shop.GUARD)
            .shard("s1", setup.databases.get("s1"))
            .shard("s2", setup.databases.get("s2"))
            .options(OPTIONS)
            .listener(listener())
            .build();
    return executor.submit(() -> mover.run(setup.all()));
  }

  private static boolean writes(DataSource shard, int version) throws SQLException {
    try {
      run(shard, "update customer set version = " + version);
      return true;
    } catch (SQLException e) {
      if (SlotGuard.isRefusal(e)) {
        return false;
      }
      throw e;
    }
  }

  private static void assertMoved(MoveSetup setup, MoveReport report, int version)
      throws SQLException {
    assertThat(report.isDone()).as(report.toString()).isTrue();
    assertThat(setup.store.load().shardOf(0)).isEqualTo("s2");
    assertThat(texts(setup.databases.get("s2"), "select distinct version from customer"))
        .containsExactly(String.valueOf(version));
    assertThat(texts(setup.databases.get("s2"), "select count(*) from customer"))
        .containsExactly("20");
    setup.assertNothingLeft();
  }

  /** Nothing has been sent: writers need not wait for the database to come back. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void run_silentBeforeTheSwitch_writersAreLetIn(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      try (Control control = Control.of(engine, setup.control)) {
        atSwitch.set(control.proxy::cut);
        Future<MoveReport> report = move(setup, control);
        await().until(() -> steps.contains("switch"));

        await().atMost(Duration.ofSeconds(20)).until(() -> writes(setup.databases.get("s1"), 5));

        assertThat(setup.store.load().shardOf(0)).isEqualTo("s1");
        assertThat(writes(setup.databases.get("s2"), 6)).isFalse();
        control.proxy.heal();
        assertMoved(setup, report.get(), 5);
        assertThat(steps).contains("thaw");
      }
    }
  }

  /** It has happened, and only the answer is missing: nobody may write before that is known. */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void run_answerOfTheSwitchIsLost_staysFrozenAndGoesOn(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      try (Control control = Control.of(engine, setup.control)) {
        atSwitch.set(() -> control.atCommit.set(() -> control.proxy.cut(Direction.TO_CLIENT)));
        Future<MoveReport> report = move(setup, control);
        await().until(() -> setup.store.load().shardOf(0).equals("s2"));

        await()
            .during(Duration.ofSeconds(2))
            .atMost(Duration.ofSeconds(10))
            .until(() -> !writes(setup.databases.get("s1"), 5));

        control.proxy.heal();
        assertMoved(setup, report.get(), 0);
        assertThat(steps).doesNotContain("thaw");
      }
    }
  }

  /**
   * It is on its way for as long as the database is silent, and arrives, or not, when it is not.
   */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mariadb"})
  void run_switchIsOnItsWay_staysFrozenUntilItIsKnown(String product) throws Exception {
    try (Engine engine = Engine.of(product)) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      try (Control control = Control.of(engine, setup.control)) {
        atSwitch.set(() -> control.atCommit.set(() -> control.proxy.cut(Direction.TO_SERVER)));
        Future<MoveReport> report = move(setup, control);
        await().until(() -> steps.contains("switch"));

        await()
            .during(Duration.ofSeconds(2))
            .atMost(Duration.ofSeconds(10))
            .until(() -> !writes(setup.databases.get("s1"), 5));

        control.proxy.heal();
        assertMoved(setup, report.get(), 0);
      }
    }
  }

  /** One connection is lost, with the locks of its transaction; the database answers others. */
  @Test
  void run_switchIsLostForGood_isRuledOut() throws Exception {
    try (Engine engine = Engine.of("postgres")) {
      MoveSetup setup = MoveSetup.of(engine, "s1", "s2");
      setup.fill(20);
      try (Control control = Control.of(engine, setup.control)) {
        atSwitch.set(
            () ->
                control.atCommit.set(
                    () -> {
                      control.proxy.cut();
                      control.bypassed = true;
                    }));

        Future<MoveReport> report = move(setup, control);

        assertMoved(setup, report.get(30, TimeUnit.SECONDS), 0);
        assertThat(steps).contains("thaw");
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import com.zaxxer.hikari.HikariDataSource;
import io.scalingtoolkit.sample.platform.ops.StartRefusedException;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.map.SlotSet;
import io.scalingtoolkit.sharding.move.Move;
import io.scalingtoolkit.sharding.move.MoveOptions;
import io.scalingtoolkit.sharding.move.MoveReport;
import io.scalingtoolkit.sharding.move.MoveState;
import io.scalingtoolkit.sharding.move.Mover;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

/**
 * The commands {@code --move-to-server} and {@code --move-back}, each in place of the server: all
 * users of a SQLite file move to a database server while another process serves them, or back from
 * there while that move soaks. A command that died may be given again. What happens is told as one
 * JSON object a line. Confined.
 *
 * <p>Settings, besides those of an application on the server: {@code app.move.from}, the data
 * folder with the file; {@code app.move.soak}, for how long the way back stays open; and {@code
 * app.move.offline}, that nobody serves the file.
 */
public final class ServerMove {

  /** The name of the server in the map: it becomes the first shard of a larger installation. */
  static final String SERVER = "s1";

  private static final String THERE = "--move-to-server";
  private static final String BACK = "--move-back";

  /** One process reads by the map, so nobody has to know soon that it does not. */
  static final Duration READ_LEASE = Duration.ofSeconds(15);

  /**
   * All at once: as long as all users are in one database its unique indexes know their names. And
   * with a short lease, as a mover that dies at the wrong moment keeps all of them out.
   */
  private static final MoveOptions OPTIONS =
      new MoveOptions(
          4_096,
          MoveOptions.DEFAULT.chunkRows(),
          0,
          MoveOptions.DEFAULT.logBudget(),
          MoveOptions.DEFAULT.freezePatience(),
          MoveOptions.DEFAULT.freezeAttempts(),
          Duration.ofSeconds(5),
          READ_LEASE,
          Duration.ZERO);

  /** One mover at a time has it, and so goes on at once with what the one before has begun. */
  private static final String OWNER = "server-move";

  private static final Set<MoveState> AFTER_THE_SWITCH =
      Set.of(MoveState.SOAKING, MoveState.RETURNING, MoveState.RETURNED);

  private static final Set<MoveState> GOING_BACK = Set.of(MoveState.RETURNING, MoveState.RETURNED);

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(50);

  private final DataSource file;
  private final DataSource server;
  private final NextDatabase next;
  private final Path folder;
  private final boolean offline;
  private final MoveLines lines;

  private ServerMove(
      DataSource file,
      DataSource server,
      NextDatabase next,
      Path folder,
      boolean offline,
      PrintStream out) {
    this.file = file;
    this.server = server;
    this.next = next;
    this.folder = folder;
    this.offline = offline;
    this.lines = new MoveLines(out, this::waiting);
  }

  /**
   * Says whether the command line asks for one of the commands.
   *
   * @param args arguments of the program
   */
  public static boolean isAskedFor(String[] args) {
    return Arrays.stream(args).anyMatch(each -> each.equals(THERE) || each.equals(BACK));
  }

  /**
   * Does what is asked for.
   *
   * @param args arguments of the program
   * @return exit status of the process: 0, 1 when the users are not where they should be, and the
   *     last line says why; or 2 when the settings are of no use
   */
  @SuppressWarnings("SystemOut") // the answer of a command that a person or the launcher runs
  public static int command(String[] args) {
    SpringApplication application = new SpringApplication(ShardMoves.Settings.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    application.setBannerMode(Banner.Mode.OFF);
    application.setLogStartupInfo(false);
    // The server's start checks would find the data folder in use.
    application.setInitializers(List.of());
    try (ConfigurableApplicationContext context = application.run(args)) {
      Environment environment = context.getEnvironment();
      DatabaseSettings settings = context.getBean(DatabaseSettings.class);
      Path folder = Path.of(environment.getProperty("app.move.from", ""));
      Path database = folder.resolve("app.db");
      if (!Files.isRegularFile(database)) {
        return MoveLines.misused(
            "app.move.from must be a folder with a SQLite file, but is '%s', and there is no %s"
                .formatted(folder, database.toAbsolutePath()));
      }
      if (settings.kind() == DatabaseSettings.Kind.SQLITE || !settings.shards().isEmpty()) {
        return MoveLines.misused(
            "app.database.kind must be postgres, mariadb or mysql with one primary to move to, but"
                + " is %s with %d shards"
                    .formatted(
                        settings.kind().name().toLowerCase(Locale.ROOT), settings.shards().size()));
      }
      DatabaseServer to = DatabaseServer.of(settings);
      to.requireUsable();
      try (HikariDataSource file =
              new HikariDataSource(SqliteConfiguration.writer("file", database, PATIENCE));
          HikariDataSource server =
              ServerConfiguration.writer("server", to, settings.writerUrl(), settings)) {
        long keeper = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
        ServerMove move =
            new ServerMove(
                new PatientFile(file),
                server,
                NextDatabase.of(settings, keeper),
                folder,
                environment.getProperty("app.move.offline", Boolean.class, false),
                System.out);
        String[] locations =
            environment.getRequiredProperty("spring.flyway.locations").split(",", -1);
        return List.of(args).contains(BACK)
            ? move.back()
            : move.there(
                environment.getProperty("app.move.soak", Duration.class, Duration.ZERO), locations);
      }
    } catch (StartRefusedException e) {
      return new MoveLines(System.out, shard -> 0).failed(String.valueOf(e.getMessage()));
    }
  }

  /** A mover between the two; both of a mover's databases are also those of the application. */
  static Mover.Builder mover(DataSource file, DataSource server) {
    return Mover.builder(server, ShardedTables.ownGuard())
        .shard(MovableFile.NAME, file)
        .shard(SERVER, server)
        .options(OPTIONS);
  }

  private int there(Duration soak, String[] locations) {
    try {
      ShardMap map = prepare(locations);
      if (!map.hasShard(MovableFile.NAME)) {
        return lines.failed("the users of this file have all moved to the server already");
      }
      tellApplication();
      if (mover(file, server).build().moves().stream()
          .anyMatch(move -> GOING_BACK.contains(move.state()))) {
        int exit = back();
        return exit != 0 ? exit : lines.failed("the move was on its way back, and is back now");
      }
      MoveReport report = move(soak);
      int exit = lines.ended(report);
      if (exit != 0) {
        withdrawUnlessMoved();
      }
      return exit;
    } catch (SQLException | IOException | RuntimeException e) {
      return failed(e);
    }
  }

  private MoveReport move(Duration soak) throws SQLException {
    Mover mover =
        mover(file, server)
            .options(OPTIONS.withSoak(soak))
            .owner(OWNER)
            .listener(lines.listener(1))
            .build();
    MoveReport report = mover.resume();
    ShardMap map = store().load();
    if (map.shardOf(0).equals(MovableFile.NAME)) {
      SlotSet all = SlotSet.range(0, map.slots() - 1);
      report = mover.run(List.of(new SlotPlanner.Transfer(all, MovableFile.NAME, SERVER)));
    }
    map = store().load();
    boolean done = isSettled(mover) && map.shardOf(0).equals(SERVER);
    if (done && !store().replace(map.withoutShard(MovableFile.NAME))) {
      throw new SQLException("somebody else changes the map; give the command again");
    }
    return report;
  }

  private int back() {
    try {
      Mover mover = mover(file, server).owner(OWNER).listener(lines.listener(1)).build();
      for (Move move : mover.moves()) {
        if (move.state().isFinal()) {
          continue;
        }
        Move ended =
            AFTER_THE_SWITCH.contains(move.state())
                ? mover.rollBack(move.id())
                : mover.abort(move.id());
        if (!ended.state().isFinal()) {
          return lines.failed(ended.state() + ": " + ended.progress());
        }
      }
      if (!store().load().shardOf(0).equals(MovableFile.NAME)) {
        return lines.failed("the move is over, so there is nothing to take back");
      }
      withdraw();
      lines.tell(Map.of("done", true, "back", true));
      return 0;
    } catch (SQLException | IOException | RuntimeException e) {
      return lines.failed(String.valueOf(e.getMessage()));
    }
  }

  private ShardMapStore store() {
    return ShardMapStore.jdbc(server);
  }

  /** Schema and map on the server, and guards on both sides; what is there already stays. */
  private ShardMap prepare(String[] locations) throws SQLException {
    String vendor = next.kind().product().toLowerCase(Locale.ROOT);
    try {
      var unused =
          Flyway.configure()
              .dataSource(server)
              .locations(
                  Arrays.stream(locations)
                      .map(each -> each.replace("{vendor}", vendor))
                      .toArray(String[]::new))
              .javaMigrations(new SlotMigration())
              .load()
              .migrate();
    } catch (FlywayException e) {
      throw new SQLException("the schema cannot be made on the server: " + e.getMessage(), e);
    }
    if (!hasMap()) {
      requireEmpty();
      boolean unused = store().create(ShardMap.of(MovableFile.NAME).withShard(Shard.of(SERVER)));
    }
    ShardMap map = store().load();
    if (map.hasShard(MovableFile.NAME)) {
      ShardedTables.ownGuard().install(server, SERVER, map);
      MovableFile.prepare(file, map);
    }
    return map;
  }

  private boolean hasMap() throws SQLException {
    try {
      ShardMap unused = store().load();
      return true;
    } catch (SQLException e) {
      if (ShardMapStore.NO_MAP.equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  private void requireEmpty() throws SQLException {
    for (ShardedTables table : ShardedTables.values()) {
      try (Connection connection = server.getConnection();
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table.word())) {
        row.next();
        if (row.getLong(1) > 0) {
          throw new SQLException(
              "the database on the server must be empty, but its table %s has %d rows"
                  .formatted(table.word(), row.getLong(1)));
        }
      }
    }
  }

  /** Makes sure that the application goes by the map from now on. */
  private void tellApplication() throws IOException {
    if (offline) {
      return;
    }
    Files.deleteIfExists(NextDatabase.answer(folder));
    next.write(folder);
    if (!await(() -> Files.exists(NextDatabase.answer(folder)))) {
      throw new IOException(
          "the application on %s has not taken up the server within %d s; see its log"
              .formatted(folder, ANSWER_DEADLINE.toSeconds()));
    }
  }

  private int failed(Exception reason) {
    try {
      withdrawUnlessMoved();
    } catch (SQLException | IOException | RuntimeException e) {
      reason.addSuppressed(e);
    }
    return lines.failed(String.valueOf(reason.getMessage()));
  }

  /** What is under way, or has taken effect, still needs the application to go by the map. */
  private void withdrawUnlessMoved() throws SQLException, IOException {
    if (!hasMap()
        || (isSettled(mover(file, server).build())
            && store().load().shardOf(0).equals(MovableFile.NAME))) {
      withdraw();
    }
  }

  private static boolean isSettled(Mover mover) throws SQLException {
    return mover.moves().stream().allMatch(move -> move.state().isFinal());
  }

  private void withdraw() throws IOException {
    Files.deleteIfExists(NextDatabase.request(folder));
    if (!offline && !await(() -> !Files.exists(NextDatabase.answer(folder)))) {
      throw new IOException("the application still uses the server; see its log");
    }
  }

  private static boolean await(BooleanSupplier condition) {
    long end = System.nanoTime() + ANSWER_DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    return true;
  }

  /** How many changes of rows a side has noted that nobody has carried over yet. */
  private long waiting(String shard) {
    DataSource side = shard.equals(SERVER) ? server : file;
    try (Connection connection = side.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM tk_log")) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      return 0; // only shown
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.sharding.map.Shard;
import io.scalingtoolkit.sharding.map.ShardMap;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import io.scalingtoolkit.sharding.map.SlotPlanner;
import io.scalingtoolkit.sharding.move.MoveReport;
import java.io.PrintStream;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The commands {@code --add-shards} and {@code --resume-moves}, each in place of the server: users
 * move to the shards of the settings that have none yet, while other processes serve them; or moves
 * whose process has died go on. What happens is told as one JSON object a line. Confined.
 */
public final class ShardMoves {

  private static final String ADD = "--add-shards";
  private static final String RESUME = "--resume-moves";

  private final Shards shards;
  private final MoveLines lines;

  ShardMoves(Shards shards, PrintStream out) {
    this.shards = shards;
    this.lines = new MoveLines(out, shards::waiting);
  }

  /**
   * Says whether the command line asks for one of the commands.
   *
   * @param args arguments of the program
   */
  public static boolean isAskedFor(String[] args) {
    return Arrays.stream(args).anyMatch(each -> each.equals(ADD) || each.equals(RESUME));
  }

  /**
   * Does what is asked for.
   *
   * @param args arguments of the program
   * @return exit status of the process: 0, 1 when not all has moved, and the last line says why; or
   *     2 when the settings are of no use
   */
  @SuppressWarnings("SystemOut") // the answer of a command that a person or the launcher runs
  public static int command(String[] args) {
    SpringApplication settings = new SpringApplication(Settings.class);
    settings.setWebApplicationType(WebApplicationType.NONE);
    settings.setBannerMode(Banner.Mode.OFF);
    settings.setLogStartupInfo(false);
    // The server's start checks would find the data folder in use.
    settings.setInitializers(List.of());
    try (ConfigurableApplicationContext context = settings.run(args)) {
      DatabaseSettings database = context.getBean(DatabaseSettings.class);
      List<String> locations =
          List.of(
              context.getEnvironment().getRequiredProperty("spring.flyway.locations").split(","));
      if (database.shards().isEmpty()) {
        return MoveLines.misused(
            "app.database.shards must name the shards between which users move, but is empty and"
                + " app.database.kind is "
                + database.kind().name().toLowerCase(Locale.ROOT));
      }
      try (ShardPools pools =
          ShardedConfiguration.pools(
              DatabaseServer.of(database), database, new SimpleMeterRegistry())) {
        Shards shards = new Shards(pools, new SlotMigration(), locations);
        return new ShardMoves(shards, System.out).run(List.of(args).contains(RESUME));
      }
    }
  }

  /** Runs to the end; returns the exit status. */
  int run(boolean resume) {
    try {
      shards.prepare();
      return lines.ended(resume ? resume() : add());
    } catch (SQLException | RuntimeException e) {
      return lines.failed(String.valueOf(e.getMessage()));
    }
  }

  private MoveReport resume() throws SQLException {
    return shards.mover().listener(lines.listener(0)).build().resume();
  }

  private MoveReport add() throws SQLException {
    ShardMapStore store = ShardMapStore.jdbc(shards.control());
    ShardMap map = store.load();
    for (String name : shards.names()) {
      while (!map.hasShard(name)) {
        boolean faster = !store.replace(map.withShard(Shard.of(name)));
        map = store.load();
        if (faster && !map.hasShard(name)) {
          lines.tell(Map.of("waiting", "somebody else changes the map"));
        }
      }
    }
    List<SlotPlanner.Transfer> plan = SlotPlanner.rebalance(map);
    int groups =
        plan.stream()
            .mapToInt(transfer -> transfer.slots().split(Shards.OPTIONS.groupSize()).size())
            .sum();
    return shards.mover().listener(lines.listener(groups)).build().run(plan);
  }

  /** Only the settings: no web server. */
  @EnableConfigurationProperties(DatabaseSettings.class)
  static class Settings {}
}

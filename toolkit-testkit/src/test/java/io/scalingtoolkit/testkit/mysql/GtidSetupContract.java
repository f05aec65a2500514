// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.scalingtoolkit.testkit.EngineException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a builder asks for is what runs, and what cannot run says why. */
abstract class GtidSetupContract {
  abstract GtidCluster.Builder<? extends GtidCluster> builder();

  abstract Optional<String> unavailable();

  @BeforeEach
  void skipWhereItCannotRun() {
    Optional<String> reason = unavailable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
  }

  @Test
  void start_twoClustersAtOnce_shareNothing() throws Exception {
    CompletableFuture<GtidCluster> starting =
        CompletableFuture.supplyAsync(() -> builder().setting("max_connections", "33").start());
    try (GtidCluster one = builder().replicas(1).start();
        GtidCluster two = starting.join()) {
      assertThat(one.name()).isNotEqualTo(two.name());
      assertThat(one.primary().port()).isNotEqualTo(two.primary().port());
      for (GtidCluster cluster : new GtidCluster[] {one, two}) {
        Queries.execute(cluster.primary().dataSource(), "create table item (id int)");
      }
      one.awaitCaughtUp();

      assertThat(one.primary().executedGtid()).isNotEqualTo(two.primary().executedGtid());
      String query = "select @@global.max_connections";
      assertThat(Queries.number(two.primary().dataSource(), query)).isEqualTo(33);
      assertThat(Queries.number(one.replica(0).dataSource(), query)).isNotEqualTo(33);
      assertThat(temporaryFolder(one.primary()))
          .isNotEqualTo(temporaryFolder(two.primary()))
          .isNotEqualTo(temporaryFolder(one.replica(0)));
    } finally {
      starting.thenAccept(GtidCluster::close).join();
    }
  }

  private static String temporaryFolder(GtidNode node) throws SQLException {
    return Queries.text(node.dataSource(), "select @@global.tmpdir");
  }

  @Test
  void start_optionUnknownToTheServer_showsLogTailAndKeepsLogsAndNoFiles() {
    assertThatThrownBy(() -> builder().setting("no_such_option", "1").start())
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("ended while starting")
        .hasMessageContaining("unknown variable 'no-such-option=1'")
        .satisfies(
            failure -> {
              Path kept = group("logs kept in (.*)", failure.getMessage());
              assertThat(kept.resolve("node1.log")).isNotEmptyFile();
              assertThat(group("end of (.*)/logs/node1.log", failure.getMessage())).doesNotExist();
            });
  }

  @Test
  void close_twice_leavesNoFile() {
    GtidCluster cluster = builder().start();
    Path files = cluster.primary().server().data();
    assertThat(files.resolve("ibdata1")).exists();

    cluster.close();
    cluster.close();

    assertThat(files.getParent()).doesNotExist();
    assertThat(cluster.primary().isAlive()).isFalse();
  }

  @Test
  void close_interruptedThread_endsEverythingAndStaysInterrupted() {
    GtidCluster cluster = builder().replicas(1).start();

    Thread.currentThread().interrupt();
    cluster.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(cluster.nodes()).noneMatch(GtidNode::isAlive);
    assertThat(cluster.primary().server().data().getParent()).doesNotExist();
  }

  private static Path group(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
    return Path.of(matcher.group(1));
  }
}

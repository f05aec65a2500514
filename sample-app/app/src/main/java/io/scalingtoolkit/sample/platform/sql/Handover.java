// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.sql;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.scalingtoolkit.core.consistency.Bookmark;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.time.MonotonicClock;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationDataSourceBuilder;
import io.scalingtoolkit.sharding.ShardedDataSource;
import io.scalingtoolkit.sharding.map.ShardMapStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Lets the users of the SQLite file move to a server while this process serves them: when a mover
 * asks for it, see {@link NextDatabase}, the server becomes a second shard, and the map in it says
 * from then on where the users are. When the request is taken back, the file is alone again.
 *
 * <p>Concurrency: all of it is done by one thread of its own.
 */
final class Handover implements SmartInitializingSingleton, DisposableBean {

  private static final Logger LOG = LoggerFactory.getLogger(Handover.class);
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration MAP_INTERVAL = Duration.ofMillis(250);

  /** Longer than the lease of a mover that dies while it keeps all users out. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final FileOrServer users;
  private final DataSource fileWriter;
  private final Path folder;
  private final DatabaseSettings settings;
  private final MeterRegistry meters;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "handover");
            made.setDaemon(true);
            return made;
          });
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private @Nullable NextDatabase current;

  /** Whether a move was ever begun while this process served. */
  private boolean moved;

  Handover(
      FileOrServer users,
      DataSource fileWriter,
      Path folder,
      DatabaseSettings settings,
      MeterRegistry meters) {
    this.users = users;
    this.fileWriter = fileWriter;
    this.folder = folder;
    this.settings = settings;
    this.meters = meters;
  }

  /** What a process before this one was asked for is over: its servers have other passwords. */
  @Override
  public void afterSingletonsInstantiated() {
    try {
      Files.deleteIfExists(NextDatabase.request(folder));
      Files.deleteIfExists(NextDatabase.answer(folder));
    } catch (IOException e) {
      LOG.warn("handover.leftover: the request of an earlier move stays", e);
    }
    var unused =
        thread.scheduleWithFixedDelay(
            this::look, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Looks once whether something is asked for. */
  private void look() {
    try {
      Optional<NextDatabase> asked = NextDatabase.read(folder);
      if (current == null && asked.isPresent()) {
        join(asked.get());
      } else if (current != null && asked.isEmpty()) {
        leave();
      } else if (current != null && asked.isPresent() && !current.equals(asked.get())) {
        leave();
        join(asked.get());
      } else if (current != null && Files.notExists(NextDatabase.answer(folder))) {
        answer(); // to a mover after the one that died
      }
      if (current != null && isAlone(current)) {
        alone();
      } else if (current == null && moved && !MovableFile.ownsAll(fileWriter)) {
        end(); // a mover was faster than the news that its keeper had died
      }
    } catch (IOException | SQLException | RuntimeException e) {
      LOG.error("handover.failed: the request in {} is tried again", folder, e);
      if (current == null) {
        closeAll();
      }
    }
  }

  private void join(NextDatabase next) throws IOException, SQLException {
    LOG.info("handover.join: {} is used beside the file from now on", next);
    DatabaseSettings there = next.settings(settings);
    DatabaseServer server = DatabaseServer.of(there);
    HikariDataSource writer =
        keep(ServerConfiguration.writer("server-writer", server, there.writerUrl(), there));
    ReplicationDataSourceBuilder builder =
        ReplicationDataSource.builder(writer).name(Snapshots.SOURCE).meterRegistry(meters);
    for (DatabaseSettings.Node node : there.replicas()) {
      String name = "replica" + open.size();
      builder.replica(
          name, keep(ServerConfiguration.replica("server-" + name, server, node.url(), there)));
    }
    ReplicationDataSource routed = keep(builder.build());
    ConsistencyScope session = ConsistencyScope.detached(Bookmark.empty(), MonotonicClock.system());
    ShardedDataSource shards =
        keep(
            ShardedDataSource.builder(ShardMapStore.jdbc(writer))
                .shard(MovableFile.NAME, users.file())
                .shard(ServerMove.SERVER, new Snapshots(routed, session))
                .refreshInterval(MAP_INTERVAL)
                .readLease(ServerMove.READ_LEASE)
                .patience(PATIENCE)
                .meterRegistry(meters)
                .unblockedBy(ServerMove.mover(fileWriter, writer).build())
                .build());
    users.use(new FileOrServer.Both(shards, session));
    current = next;
    moved = true;
    answer();
  }

  private void answer() throws IOException {
    Files.writeString(NextDatabase.answer(folder), ProcessHandle.current().pid() + "\n");
  }

  private void leave() throws IOException {
    LOG.info("handover.leave: the file is used alone from now on");
    users.use(null);
    current = null;
    closeAll();
    Files.deleteIfExists(NextDatabase.answer(folder));
  }

  private static boolean isAlone(NextDatabase next) {
    return ProcessHandle.of(next.keeper()).filter(ProcessHandle::isAlive).isEmpty();
  }

  /** Who keeps the servers has died, and they with it. */
  private void alone() throws IOException, SQLException {
    Files.deleteIfExists(NextDatabase.request(folder));
    if (MovableFile.ownsAll(fileWriter)) {
      LOG.warn("handover.alone: the servers are gone; the users are in the file still");
      leave();
    } else {
      current = null;
      end();
    }
  }

  private void end() {
    LOG.error("handover.end: the users have moved to servers that are gone; start with those");
    moved = false;
    Thread exit = new Thread(() -> System.exit(1), "handover-exit");
    exit.start();
  }

  private <T extends AutoCloseable> T keep(T part) {
    open.addFirst(part);
    return part;
  }

  private void closeAll() {
    while (!open.isEmpty()) {
      AutoCloseable part = open.removeFirst();
      try {
        part.close();
      } catch (Exception e) {
        LOG.debug("A part of the way to the server did not close well.", e);
      }
    }
  }

  @Override
  public void destroy() throws InterruptedException {
    thread.shutdownNow();
    boolean ended = thread.awaitTermination(5, TimeUnit.SECONDS);
    if (ended) {
      closeAll();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.History.LossWindow;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A primary and two replicas in memory that lag, pause, restart, fall back and are promoted, all as
 * a seed says. Confined; time moves when it is asked for.
 */
final class SimulatedCluster implements Topology {
  private static final int FALL_BACK = 30;
  private static final double PAUSE = 0.01;
  private static final double RESTART = 0.003;
  private static final double PROMOTION = 0.0005;
  private static final double REJOIN = 0.003;

  /** A committed row; its place in the log is its LSN minus 1. */
  private record Entry(int key, Row row, long committedNanos) {}

  record Row(int version, int dependsOnKey, int dependsOnVersion) {}

  private static final Row EMPTY = new Row(0, 0, 0);

  private final SplittableRandom random;
  private final boolean withPromotions;
  private final int keys;
  private final List<Node> nodes = new ArrayList<>();
  private final List<LossWindow> lossWindows = new ArrayList<>();
  private Node primary;
  private long time;
  private int incarnations;

  SimulatedCluster(int keys, long seed, boolean withPromotions) {
    this.keys = keys;
    this.random = new SplittableRandom(seed);
    this.withPromotions = withPromotions;
    List<Entry> log = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      nodes.add(new Node(i, log));
    }
    primary = nodes.get(0);
  }

  final class Node implements Site {
    private final int number;
    private List<Entry> log;
    private int received;
    private int applied;
    private int timeline = 1;
    private boolean stalled;
    private boolean paused;
    private boolean offline;
    private boolean broken;
    private long incarnation = ++incarnations;
    private long connected = incarnation;
    private Row[] rows;

    Node(int number, List<Entry> log) {
      this.number = number;
      this.log = log;
      rewind(0);
    }

    @Override
    public int number() {
      return number;
    }

    @Override
    public long incarnation() {
      return connected;
    }

    @Override
    public Position position() throws SQLException {
      checkConnection();
      return new Position(incarnation, timeline, applied);
    }

    Row read(int key) throws SQLException {
      checkConnection();
      return rows[key];
    }

    /** Appends to the log as the primary of now; false if the row has a newer version. */
    boolean write(int key, Row row) throws SQLException {
      checkConnection();
      if (this != primary) {
        throw new SQLException("not the primary any more");
      }
      if (rows[key].version() >= row.version()) {
        return false;
      }
      log.add(new Entry(key, row, nanoTime()));
      received = log.size();
      apply(received);
      return true;
    }

    /** A broken connection fails once and is then a new one. */
    private void checkConnection() throws SQLException {
      if (broken) {
        broken = false;
        connected = incarnation;
        throw new SQLException("connection reset");
      }
    }

    private void apply(int upTo) {
      for (; applied < upTo; applied++) {
        rows[log.get(applied).key()] = log.get(applied).row();
      }
    }

    private void rewind(int to) {
      rows = new Row[keys];
      Arrays.fill(rows, EMPTY);
      applied = 0;
      apply(to);
    }

    private void restart() {
      rewind(Math.max(0, applied - random.nextInt(FALL_BACK)));
      // With no time to look at what it had lost, nobody would notice.
      paused = random.nextBoolean();
      reconnect();
    }

    private void reconnect() {
      incarnation = ++incarnations;
      broken = true;
    }

    private void rejoin() {
      log = primary.log;
      timeline = primary.timeline;
      received = log.size();
      rewind(received);
      offline = false;
      paused = false;
      reconnect();
    }

    private void live() {
      boolean follows = log == primary.log;
      if (follows) {
        if (random.nextDouble() < PAUSE) {
          stalled = !stalled;
        }
        received += stalled ? 0 : random.nextInt(log.size() - received + 1);
      } else if (random.nextDouble() < REJOIN) {
        rejoin();
      }
      if (random.nextDouble() < PAUSE) {
        paused = !paused;
      }
      if (!paused) {
        apply(applied + random.nextInt(received - applied + 1));
      }
      if (random.nextDouble() < RESTART) {
        restart();
      }
    }

    private void promote() {
      if (log.size() > received) {
        long from = log.get(received).committedNanos();
        lossWindows.add(new LossWindow(from, nanoTime(), nanoTime()));
      }
      log = new ArrayList<>(log.subList(0, received));
      apply(received);
      primary.offline = true;
      primary.reconnect();
      timeline = primary.timeline + 1;
      primary = this;
    }
  }

  /** Lets a little happen, or a lot. */
  void live() {
    for (Node node : nodes) {
      if (node != primary) {
        node.live();
      }
    }
    if (withPromotions && random.nextDouble() < PROMOTION) {
      nodes.stream()
          .filter(node -> node != primary && !node.offline && node.log == primary.log)
          .findFirst()
          .ifPresent(Node::promote);
    }
  }

  @Override
  public Node primary() {
    return primary;
  }

  @Override
  public List<Node> replicas() {
    return nodes.stream().filter(node -> node != primary && !node.offline).toList();
  }

  @Override
  public long nanoTime() {
    return ++time;
  }

  List<LossWindow> lossWindows() {
    return lossWindows;
  }

  int[] versions() {
    return Arrays.stream(primary.rows).mapToInt(Row::version).toArray();
  }
}

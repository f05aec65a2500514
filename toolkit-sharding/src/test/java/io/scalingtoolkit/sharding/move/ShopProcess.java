// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sharding.move;

import io.scalingtoolkit.testkit.process.JvmProcess;
import io.scalingtoolkit.testkit.process.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A {@link ShopMain} as its parent sees it. Confined to one thread. */
final class ShopProcess implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final JvmProcess process;
  private final Path ledger;
  private boolean ready;

  private ShopProcess(JvmProcess process, Path ledger) {
    this.process = process;
    this.ledger = ledger;
  }

  /** Starts one without waiting for it. */
  static ShopProcess start(Workspace workspace, String name) {
    JvmProcess process =
        JvmProcess.start(workspace, name, ShopMain.class, MoverProcess.JVM_OPTIONS, List.of());
    return new ShopProcess(process, workspace.path().resolve(name + ".ledger"));
  }

  /** Lets its users buy, with numbers from the given one on. */
  void open(long first, List<String> addresses) {
    if (!ready) {
      process.await("shop ready", LIMIT);
      ready = true;
    }
    order("open " + first + ' ' + String.join(" ", addresses));
  }

  private void order(String order) {
    process.send(order);
    process.await("shop done", LIMIT);
  }

  /** Lets its users rest, who do not learn of a new map by themselves then. */
  void hold() {
    order("hold");
  }

  /** Does not wait, as the process may be stopped. */
  void sendLetGo() {
    process.send("go");
  }

  /** Begins a transaction that writes one row, and leaves it open. */
  void insertLate(long id) {
    process.send("insert " + id);
    process.await("shop inside", LIMIT);
  }

  /** Begins a transaction that is yet to write, to a row that is there. */
  void updateLate(long id) {
    process.send("update " + id);
    process.await("shop inside", LIMIT);
  }

  /** Does not wait, as the process may be stopped. */
  void sendCommit() {
    process.send("commit");
  }

  void awaitCommit() {
    process.await("shop committed", LIMIT);
    process.await("shop done", LIMIT);
  }

  long writes() {
    process.send("writes");
    long writes = Long.parseLong(process.await("shop count", LIMIT));
    process.await("shop done", LIMIT);
    return writes;
  }

  /** Lets the users end, and closes the databases. */
  Ledger end() throws IOException {
    order("close " + ledger);
    return Ledger.load(ledger);
  }

  void freeze() {
    process.freeze();
  }

  void thaw() {
    process.thaw();
  }

  @Override
  public void close() {
    process.kill();
  }
}

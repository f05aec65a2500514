// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The servers of HAProxy's backend, and which instance each is for. There are more of them than
 * instances: HAProxy keeps connections for a server, whatever address it gets, so that one which is
 * given to another instance must have none. Immutable.
 */
record HaproxyServers(List<Server> servers) {

  private static final int NOWHERE = 1;

  /**
   * @param port of its instance, or of its last one when it is off
   */
  record Server(int port, boolean on) {}

  HaproxyServers {
    servers = List.copyOf(servers);
  }

  /** Servers that have never been used. */
  static HaproxyServers unused(int count) {
    return new HaproxyServers(Collections.nCopies(count, new Server(NOWHERE, false)));
  }

  /**
   * The same servers for other instances: those that stay keep theirs, those that come back get the
   * one they had.
   *
   * @param drained whether no connection of a server is left, by its name
   * @return empty while too few servers are drained
   */
  Optional<HaproxyServers> with(List<Integer> ports, Predicate<String> drained) {
    List<Server> changed =
        servers.stream()
            .map(server -> new Server(server.port, ports.contains(server.port)))
            .collect(Collectors.toCollection(ArrayList::new));
    for (Integer port : ports) {
      if (!changed.contains(new Server(port, true))) {
        int free = free(changed, drained);
        if (free < 0) {
          return Optional.empty();
        }
        changed.set(free, new Server(port, true));
      }
    }
    return Optional.of(new HaproxyServers(changed));
  }

  private int free(List<Server> changed, Predicate<String> drained) {
    return IntStream.range(0, changed.size())
        .filter(i -> !changed.get(i).on && !servers.get(i).on && drained.test(name(i)))
        .findFirst()
        .orElse(-1);
  }

  /** Commands that lead from others to these. New instances come before old ones go. */
  List<String> commandsFrom(HaproxyServers before) {
    List<String> on = new ArrayList<>();
    List<String> off = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      Server now = servers.get(i);
      Server then = before.servers.get(i);
      if (now.port != then.port) {
        on.add("set server %s addr 127.0.0.1 port %d".formatted(name(i), now.port));
      }
      if (now.on && !then.on) {
        on.add("set server %s state ready".formatted(name(i)));
      }
      if (!now.on && then.on) {
        off.add("set server %s state maint".formatted(name(i)));
      }
    }
    on.addAll(off);
    return on;
  }

  /** The backend, for HAProxy's configuration. */
  String configuration() {
    return IntStream.range(0, servers.size())
        .mapToObj(
            i ->
                "  server s%d 127.0.0.1:%d%s%n"
                    .formatted(i + 1, servers.get(i).port, servers.get(i).on ? "" : " disabled"))
        .collect(Collectors.joining("", "backend instances\n", ""));
  }

  private static String name(int index) {
    return "instances/s" + (index + 1);
  }
}

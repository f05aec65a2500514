// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.replication.jdbc;

import io.scalingtoolkit.core.balance.Balancer;
import io.scalingtoolkit.replication.ReadConsistency;
import io.scalingtoolkit.replication.ReplicationDataSourceBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A parameter of the toolkit in a URL, named like the method of the builder it stands for. */
enum Option {
  NAME("name", "db", "name in bookmarks and metrics") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.name(value);
    }
  },
  CONSISTENCY(
      "consistency",
      "session",
      "which replicas qualify for a read",
      "session",
      "eventual",
      "bounded",
      "strong") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      switch (value) {
        case "session" -> to.consistency(ReadConsistency.session());
        case "eventual" -> to.consistency(ReadConsistency.eventual());
        case "strong" -> to.consistency(ReadConsistency.strong());
        default -> {
          // MAX_STALENESS says which bound; the options check that it is there.
        }
      }
    }
  },
  MAX_STALENESS("maxStaleness", "", "age of the data, for consistency=bounded; e.g. 200ms") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.consistency(ReadConsistency.bounded(Values.duration(key(), value)));
    }
  },
  BALANCER(
      "balancer",
      "powerOfTwoChoices",
      "how one of several replicas is chosen",
      "powerOfTwoChoices",
      "roundRobin",
      "random",
      "leastInFlight",
      "weighted") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.balancer(
          switch (value) {
            case "roundRobin" -> Balancer.roundRobin();
            case "random" -> Balancer.random();
            case "leastInFlight" -> Balancer.leastInFlight();
            case "weighted" -> Balancer.weighted();
            default -> Balancer.powerOfTwoChoices();
          });
    }
  },
  PROBE_INTERVAL("probeInterval", "10ms", "how often each node is asked for its position") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.probeInterval(Values.duration(key(), value));
    }
  },
  DEAD_AFTER("deadAfter", "500ms", "silence after which a node is taken for dead") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.deadAfter(Values.duration(key(), value));
    }
  },
  SLOW_START("slowStart", "5s", "time until a replica that came back has its full share") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.slowStart(Values.duration(key(), value));
    }
  },
  WAIT_FOR_REPLICA("waitForReplica", "0", "how long a read waits for a replica to catch up") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.waitForReplica(Values.duration(key(), value));
    }
  },
  START_TIMEOUT("startTimeout", "10s", "how long the first connection waits for a primary") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.startTimeout(Values.duration(key(), value));
    }
  },
  ROUTE_BY_SQL(
      "routeBySql",
      "true",
      "whether the text of a statement decides in autocommit",
      "true",
      "false") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.routeBySql(Boolean.parseBoolean(value));
    }
  },
  CAPTURE_ON_COMMIT(
      "captureOnCommit", "false", "whether a commit brings its position back", "true", "false") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.captureOnCommit(Boolean.parseBoolean(value));
    }
  },
  MAX_PRIMARY_READS(
      "maxPrimaryReads", "", "reads on the primary at once while no replica is left") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      to.maxPrimaryReads(Values.number(key(), value, 1, Integer.MAX_VALUE));
    }
  },
  ALLOW_FUNCTION("allowFunction", "", "functions a replica may run, separated by commas") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      Values.list(value).forEach(to::allowFunction);
    }
  },
  DENY_FUNCTION("denyFunction", "", "functions only the primary may run, separated by commas") {
    @Override
    void apply(String value, ReplicationDataSourceBuilder to) {
      Values.list(value).forEach(to::denyFunction);
    }
  },
  POOL_SIZE("poolSize", "10", "most connections to each node; 1 to 10000"),
  CONNECTION_TIMEOUT("connectionTimeout", "30s", "how long a statement waits for a pool"),
  IDLE_CLOSE("idleClose", "60s", "when the pools close after the last connection; 0 to 1 day");

  private final String text;
  private final String standard;
  private final String description;
  private final String choices;

  Option(String text, String standard, String description, String... choices) {
    this.text = text;
    this.standard = standard;
    this.description = description;
    this.choices = String.join(" ", choices);
  }

  /** Returns its name with the prefix. */
  String key() {
    return ReplicatedUrl.OPTION_PREFIX + text;
  }

  String standard() {
    return standard;
  }

  String description() {
    return description;
  }

  /** Returns the values it may have; empty if they are more than can be listed. */
  List<String> choices() {
    return choices.isEmpty() ? List.of() : List.of(choices.split(" "));
  }

  /** Passes {@code value} on to a builder; those that concern the driver alone do nothing. */
  void apply(String value, ReplicationDataSourceBuilder to) {}

  /**
   * Finds one by its name without the prefix.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Option of(String name) {
    for (Option option : values()) {
      if (option.text.equals(name)) {
        return option;
      }
    }
    throw new IllegalArgumentException(
        "there is no option "
            + ReplicatedUrl.OPTION_PREFIX
            + name
            + "; there are "
            + Arrays.stream(values()).map(option -> option.text).collect(Collectors.joining(", ")));
  }

  /**
   * Checks that {@code value} is one of the choices, where there are any.
   *
   * @throws IllegalArgumentException if it is not
   */
  void check(String value) {
    if (!choices.isEmpty() && !choices().contains(value)) {
      throw new IllegalArgumentException(
          key() + " must be one of " + String.join(", ", choices()) + ", was \"" + value + "\"");
    }
  }
}

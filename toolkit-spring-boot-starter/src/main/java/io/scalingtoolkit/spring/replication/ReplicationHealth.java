// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.replication.ReplicationStatus;
import io.scalingtoolkit.replication.ReplicationStatus.NodeStatus;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Health of a data source, from what it knows already, so that no connection is borrowed.
 *
 * <p>{@code primary} is down while no node takes writes or the one that does is silent. Each other
 * node stands under {@code replicas}; one that is not in use has the name of its state as its
 * status. Boot leaves a status it does not know out when it sums up, so a replica that is out
 * changes neither the sum nor the HTTP status. Thread-safe.
 */
record ReplicationHealth(Supplier<ReplicationStatus> source) implements CompositeHealthContributor {
  private static final String PRIMARY = "primary";
  private static final String REPLICAS = "replicas";
  private static final String IN_USE = "in use";

  @Override
  public @Nullable HealthContributor getContributor(String name) {
    return switch (name) {
      case PRIMARY -> (HealthIndicator) this::primary;
      case REPLICAS -> new Replicas(source);
      default -> null;
    };
  }

  @Override
  public Stream<Entry> stream() {
    return Stream.of(PRIMARY, REPLICAS)
        .map(name -> new Entry(name, Objects.requireNonNull(getContributor(name), name)));
  }

  private Health primary() {
    ReplicationStatus status = source.get();
    Health.Builder health = Health.down().withDetail("source", status.source());
    if (status.primary() == null) {
      return health.withDetail("obstacle", status.obstacle()).build();
    }
    // A primary that falls silent stays the primary until another node is, and is down meanwhile.
    status.nodes().stream()
        .filter(node -> node.name().equals(status.primary()))
        .forEach(node -> describe(node, node.state().equals(IN_USE) ? health.up() : health));
    return health.build();
  }

  private static Health.Builder describe(NodeStatus node, Health.Builder health) {
    health
        .withDetail("node", node.name())
        .withDetail("role", node.role())
        .withDetail("state", node.state())
        .withDetail("inFlight", node.inFlight());
    if (node.lagSeconds() != null) {
      health.withDetail("lagSeconds", node.lagSeconds());
    }
    if (node.position() != null) {
      health.withDetail("position", node.position());
    }
    // A failure of long ago says nothing about a node that is in use.
    if (node.lastFailure() != null && !node.state().equals(IN_USE)) {
      health.withDetail("lastFailure", node.lastFailure());
    }
    return health;
  }

  /** The nodes that do not take writes; thread-safe. */
  private record Replicas(Supplier<ReplicationStatus> source)
      implements CompositeHealthContributor {
    @Override
    public @Nullable HealthContributor getContributor(String name) {
      return stream()
          .filter(entry -> entry.name().equals(name))
          .map(Entry::contributor)
          .findFirst()
          .orElse(null);
    }

    @Override
    public Stream<Entry> stream() {
      ReplicationStatus status = source.get();
      Predicate<NodeStatus> isReplica = node -> !node.name().equals(status.primary());
      return status.nodes().stream()
          .filter(isReplica)
          .map(node -> new Entry(node.name(), (HealthIndicator) () -> health(node)));
    }

    private static Health health(NodeStatus node) {
      Status status =
          node.state().equals(IN_USE)
              ? Status.UP
              : new Status(node.state().toUpperCase(Locale.ROOT));
      return describe(node, Health.status(status)).build();
    }
  }
}

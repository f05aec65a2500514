// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.replication;

import io.scalingtoolkit.replication.ReplicaOptions;
import io.scalingtoolkit.replication.ReplicationDataSource;
import io.scalingtoolkit.replication.ReplicationStatus;
import io.scalingtoolkit.replication.ReplicationStatus.NodeStatus;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/** The status of a data source, and two ways to change the part that a replica takes. */
@Endpoint(id = "replication")
final class ReplicationEndpoint {
  /** What the endpoint may do to a data source. */
  record Controls(Supplier<ReplicationStatus> status, Drain drain, Weigh weigh) {
    static Controls of(ReplicationDataSource dataSource) {
      return new Controls(
          dataSource::status, dataSource::drainReplica, dataSource::setReplicaWeight);
    }
  }

  /** Starts or stops using a replica. */
  interface Drain {
    void drain(String replica, boolean drain);
  }

  /** Changes the share of a replica. */
  interface Weigh {
    void weigh(String replica, double weight);
  }

  private final Controls controls;

  ReplicationEndpoint(Controls controls) {
    this.controls = controls;
  }

  /** Returns what is known now, without asking the servers. */
  @ReadOperation
  ReplicationStatus status() {
    return controls.status().get();
  }

  /**
   * Changes one replica, in full or not at all.
   *
   * @param replica its name
   * @param drain true to start no more reads on it, false to use it again; null for no change
   * @param weight its share, 0 to 1,000,000; null for no change
   * @return what is known of the replica after that
   * @throws InvalidEndpointRequestException if there is no such replica, nothing to change, or the
   *     weight is out of range
   */
  @WriteOperation
  NodeStatus change(@Selector String replica, @Nullable Boolean drain, @Nullable Double weight) {
    ReplicationStatus status = status();
    find(status, replica);
    if (replica.equals(status.primary())) {
      throw refused("node \"" + replica + "\" is the primary of " + status.source());
    }
    if (drain == null && weight == null) {
      throw refused("drain (true or false), weight (0 to 1000000) or both must be given");
    }
    try {
      if (weight != null) {
        ReplicaOptions.standard().withWeight(weight);
      }
      if (drain != null) {
        controls.drain().drain(replica, drain);
      }
      if (weight != null) {
        controls.weigh().weigh(replica, weight);
      }
    } catch (IllegalArgumentException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
    return find(status(), replica);
  }

  private static NodeStatus find(ReplicationStatus status, String replica) {
    return status.nodes().stream()
        .filter(node -> node.name().equals(replica))
        .findFirst()
        .orElseThrow(
            () ->
                refused(
                    "%s has no replica named \"%s\", but %s"
                        .formatted(
                            status.source(),
                            replica,
                            status.nodes().stream()
                                .map(NodeStatus::name)
                                .filter(name -> !name.equals(status.primary()))
                                .sorted()
                                .toList())));
  }

  private static InvalidEndpointRequestException refused(String message) {
    return new InvalidEndpointRequestException(message, message);
  }
}

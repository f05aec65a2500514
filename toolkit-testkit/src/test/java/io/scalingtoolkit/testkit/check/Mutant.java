// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.check;

import io.scalingtoolkit.testkit.check.Topology.Position;
import io.scalingtoolkit.testkit.check.Topology.Site;
import java.sql.SQLException;

/** Routers that are each wrong in one point. The checker has to notice. */
enum Mutant {
  NONE {
    @Override
    ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed) {
      return new ReferenceRouter(topology, sessions, boundNanos, seed);
    }
  },
  /** Reads go to any replica. */
  NAIVE {
    @Override
    ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed) {
      return new ReferenceRouter(topology, sessions, boundNanos, seed) {
        @Override
        Site chooseForRead(int session) throws SQLException {
          return shuffledReplicas().stream().findFirst().orElse(topology.primary());
        }
      };
    }
  },
  /** The token is a position from before the commit record. */
  TOKEN_BEFORE_COMMIT {
    @Override
    ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed) {
      return new ReferenceRouter(topology, sessions, boundNanos, seed) {
        private final Position[] before = new Position[sessions];

        @Override
        void beforeCommit(int session) throws SQLException {
          before[session] = topology.primary().position();
        }

        @Override
        void committed(int session) {
          raise(session, before[session]);
        }
      };
    }
  },
  /** A replica is believed to be where it was before it restarted. */
  POSITION_KEPT_OVER_RESTART {
    @Override
    ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed) {
      return new ReferenceRouter(topology, sessions, boundNanos, seed) {
        @Override
        boolean mayTrust(Position cached, Site replica) {
          return true;
        }
      };
    }
  },
  /** Positions of two histories are compared. */
  TIMELINE_IGNORED {
    @Override
    ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed) {
      return new ReferenceRouter(topology, sessions, boundNanos, seed) {
        @Override
        boolean covers(Position replica, Position token, int timeline) {
          return token == null || replica.lsn() >= token.lsn();
        }

        @Override
        void raise(int session, Position seen) {
          Position token = tokens[session];
          if (token == null || seen.lsn() > token.lsn()) {
            tokens[session] = seen;
          }
        }
      };
    }
  },
  /** When one replica has the session's write, the session may use all of them. */
  UNSTUCK_BY_THE_FIRST {
    @Override
    ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed) {
      return new ReferenceRouter(topology, sessions, boundNanos, seed) {
        @Override
        Site chooseForRead(int session) throws SQLException {
          Site chosen = super.chooseForRead(session);
          if (chosen.number() == topology.primary().number()) {
            return chosen;
          }
          tokens[session] = null;
          return shuffledReplicas().get(0);
        }
      };
    }
  },
  /** A session remembers what it wrote and not what it saw. */
  READS_FORGOTTEN {
    @Override
    ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed) {
      return new ReferenceRouter(topology, sessions, boundNanos, seed) {
        @Override
        void hasRead(int session, Site site) {}
      };
    }
  },
  /** A replica is fresh enough however old it is. */
  BOUND_IGNORED {
    @Override
    ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed) {
      return new ReferenceRouter(topology, sessions, boundNanos, seed) {
        @Override
        boolean isFresh(Position replica) {
          return true;
        }
      };
    }
  };

  abstract ReferenceRouter router(Topology topology, int sessions, long boundNanos, long seed);
}

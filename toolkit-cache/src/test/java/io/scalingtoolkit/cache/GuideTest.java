// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.scalingtoolkit.core.consistency.ConsistencyScope;
import io.scalingtoolkit.core.consistency.Position;
import io.scalingtoolkit.core.time.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What docs/guide/cache.md and the README show. */
@SuppressWarnings("try") // scopes are opened for what happens inside them
final class GuideTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final ManualClock clock = ManualClock.atEpoch();
  private final Repository repository = new Repository();

  private record Profile(long id, String name, long team) {}

  /** A table of profiles that counts how often it is asked. Confined. */
  private static final class Repository {
    final Map<Long, Profile> rows = new HashMap<>();
    int queries;
    boolean down;

    @Nullable Profile find(long id) throws IOException {
      ask();
      return rows.get(id);
    }

    Map<Long, Profile> findAll(Set<Long> ids) throws IOException {
      ask();
      Map<Long, Profile> found = new HashMap<>(rows);
      found.keySet().retainAll(ids);
      return found;
    }

    void rename(long id, String name) {
      rows.computeIfPresent(id, (same, profile) -> new Profile(id, name, profile.team()));
    }

    private void ask() throws IOException {
      queries++;
      if (down) {
        throw new IOException("no connection");
      }
    }
  }

  @Test
  void use_ofTheGuide_loadsOnceAndSeesWhatWasWritten() {
    repository.rows.put(7L, new Profile(7, "Ada", 1));
    long id = 7;
    // snippet:use
    TieredCache<Long, Profile> profiles =
        TieredCache.<Long, Profile>builder("profiles")
            .maximumSize(100_000)
            .timeToLive(Duration.ofMinutes(5))
            .meterRegistry(registry)
            .build();

    Profile profile = profiles.get(id, repository::find); // null if there is none
    repository.rename(id, "Ada Lovelace"); // and commit,
    profiles.invalidate(id); // then forget what was read before
    // end
    Profile renamed = profiles.get(id, repository::find);

    assertThat(profile).isEqualTo(new Profile(7, "Ada", 1));
    assertThat(renamed).isEqualTo(new Profile(7, "Ada Lovelace", 1));
    assertThat(profiles.get(id, repository::find)).isSameAs(renamed);
    assertThat(repository.queries).isEqualTo(2);
  }

  @Test
  void bulk_ofTheGuide_asksForWhatIsMissing() {
    for (long id = 1; id <= 3; id++) {
      repository.rows.put(id, new Profile(id, "user " + id, 1));
    }
    TieredCache<Long, Profile> profiles = TieredCache.<Long, Profile>builder("profiles").build();
    profiles.get(1L, repository::find);
    // snippet:bulk
    Map<Long, Profile> found = profiles.getAll(List.of(3L, 1L, 9L), repository::findAll);
    // end

    assertThat(found.keySet()).containsExactly(3L, 1L);
    assertThat(repository.queries).isEqualTo(2);
  }

  @Test
  void tags_ofTheGuide_forgetTogether() {
    repository.rows.put(1L, new Profile(1, "Ada", 4));
    repository.rows.put(2L, new Profile(2, "Grace", 5));
    // snippet:tags
    TieredCache<Long, Profile> profiles =
        TieredCache.<Long, Profile>builder("profiles")
            .tags((id, profile) -> List.of("team-" + profile.team()))
            .build();
    // end
    profiles.getAll(List.of(1L, 2L), repository::findAll);
    // snippet:tags
    profiles.invalidateTag("team-4");
    // end

    assertThat(profiles.getIfPresent(1L)).isNull();
    assertThat(profiles.getIfPresent(2L)).isNotNull();
  }

  @Test
  void bookmarks_ofTheGuide_areAskedOfTheNextLoad() {
    repository.rows.put(7L, new Profile(7, "Ada", 1));
    TieredCache<Long, Profile> profiles = TieredCache.<Long, Profile>builder("profiles").build();
    long id = 7;
    // snippet:bookmarks
    try (ConsistencyScope scope = ConsistencyScope.open()) { // one for each request
      repository.rename(id, "Ada Lovelace"); // and commit, through a ReplicationDataSource
      // end
      scope.observe("db", Position.unresolved()); // as that does
      // snippet:bookmarks
      profiles.invalidate(id);
    }
    // end
    List<Position> asked = new ArrayList<>();
    profiles.get(
        id,
        key -> {
          asked.add(ConsistencyScope.current().position("db"));
          return repository.find(key);
        });

    assertThat(asked).containsExactly(Position.unresolved());
  }

  @Test
  void transaction_ofTheGuide_invalidatesAfterTheCommit() throws IOException {
    repository.rows.put(7L, new Profile(7, "Ada", 1));
    TieredCache<Long, Profile> profiles = TieredCache.<Long, Profile>builder("profiles").build();
    long id = 7;
    Transaction connection = () -> assertThat(profiles.getIfPresent(id)).isNull();
    profiles.get(id, repository::find);
    // snippet:transaction
    try (CacheTransaction changes = CacheTransaction.begin()) {
      repository.rename(id, "Ada Lovelace");
      changes.invalidate(profiles, id);
      Profile own = changes.get(profiles, id, repository::find); // what it has written
      changes.prepare(Duration.ofSeconds(30)); // only for two phases
      connection.commit();
      changes.committed();
      // end
      assertThat(own).isEqualTo(new Profile(7, "Ada Lovelace", 1));
      // snippet:transaction
    } // without a commit: nothing has changed
    // end

    assertThat(profiles.get(id, repository::find)).isEqualTo(new Profile(7, "Ada Lovelace", 1));
  }

  /** What a connection does at the end. */
  private interface Transaction {
    void commit();
  }

  @Test
  void announce_ofTheGuide_keepsNothingOld() {
    repository.rows.put(7L, new Profile(7, "Ada", 1));
    TieredCache<Long, Profile> profiles = TieredCache.<Long, Profile>builder("profiles").build();
    long id = 7;
    // snippet:announce
    InvalidationIntent intent = profiles.announce(List.of(id), Duration.ofSeconds(30));
    repository.rename(id, "Ada Lovelace"); // and commit
    intent.confirm(); // or cancel(), after a rollback
    // end

    assertThat(profiles.get(id, repository::find)).isEqualTo(new Profile(7, "Ada Lovelace", 1));
  }

  @Test
  void lookup_ofTheGuide_keepsWhatWasLoaded() throws IOException {
    repository.rows.put(7L, new Profile(7, "Ada", 1));
    TieredCache<Long, Profile> profiles = TieredCache.<Long, Profile>builder("profiles").build();
    long id = 7;
    // snippet:lookup
    Lookup<Profile> lookup = profiles.lookup(id);
    if (!lookup.isPresent()) {
      lookup.fill(repository.find(id)); // kept unless the id was invalidated since the lookup
    }
    // end

    assertThat(profiles.getIfPresent(id)).isEqualTo(new Profile(7, "Ada", 1));
  }

  @Test
  void stale_ofTheGuide_bridgesAnOutage() {
    repository.rows.put(1L, new Profile(1, "Ada", 4));
    TieredCache<Long, Profile> profiles = stale();
    profiles.get(1L, repository::find);
    clock.advance(Duration.ofMinutes(6)); // past the 30 seconds as well
    repository.down = true;

    assertThat(profiles.get(1L, repository::find)).isEqualTo(new Profile(1, "Ada", 4));
    assertThat(profiles.getIfPresent(1L)).as("it is too old without a reason").isNull();
    clock.advance(Duration.ofHours(1));
    assertThatThrownBy(() -> profiles.get(1L, repository::find))
        .isInstanceOf(CacheLoadException.class)
        .hasCauseInstanceOf(IOException.class);
  }

  private TieredCache<Long, Profile> stale() {
    // snippet:stale
    return TieredCache.<Long, Profile>builder("profiles")
        .timeToLive(Duration.ofMinutes(5))
        .staleWhileRevalidate(Duration.ofSeconds(30)) // old value now, load beside
        .staleOnError(Duration.ofHours(1)) // old value if the source fails
        .softLoadTimeout(Duration.ofMillis(200)) // or does not answer in that time
        .loadTimeout(Duration.ofSeconds(5)) // without an old value: an exception
        // end
        .clock(clock.monotonic())
        // snippet:stale
        .build();
    // end
  }
}

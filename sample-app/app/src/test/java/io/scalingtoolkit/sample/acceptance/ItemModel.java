// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.scalingtoolkit.sample.acceptance.Api.Account;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the server may hold after a crash, told from what it acknowledged: for each item the last
 * acknowledged state or the one that was under way. Confined to one thread except while it writes,
 * when each of its items belongs to one writer.
 */
final class ItemModel {
  private static final int WRITERS = 8;
  private static final int BESIDES_ONE_IN = 5;
  private static final int GONE = -1;

  private final Api api;
  private final Account owner;
  private final Map<String, Item> items = new ConcurrentHashMap<>();
  private final Map<String, String> openCreations = new ConcurrentHashMap<>();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private int rounds;

  ItemModel(Api api, Account owner) {
    this.api = api;
    this.owner = owner;
  }

  int acknowledged() {
    return acknowledged.get();
  }

  /**
   * Writes on several threads, one of which does something else now and then; calls {@code kill}
   * once so many writes are acknowledged.
   */
  void writeUntil(int writes, Runnable besides, Runnable kill) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    Background background = new Background(WRITERS);
    rounds++;
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(1_000L * rounds + i);
      List<Item> own = new ArrayList<>();
      boolean first = i == 0;
      background.untilRefused(
          () -> {
            if (first && random.nextInt(BESIDES_ONE_IN) == 0) {
              besides.run();
            }
            write(own, random);
            if (acknowledged.incrementAndGet() >= writes) {
              reached.countDown();
            }
          });
    }
    assertThat(reached.await(60, TimeUnit.SECONDS)).as("%s writes acknowledged", writes).isTrue();
    kill.run();
    background.join();
  }

  /** Repeats creations without an answer under their keys, as a careful client does. */
  void finishCreations() {
    openCreations.forEach(
        (key, data) -> {
          Answer answer = create(key, data).expect(201);
          items.put(answer.field("id"), new Item(answer.field("id"), 0));
        });
    openCreations.clear();
  }

  /** Asserts that the server holds what the model allows, nothing less and nothing more. */
  void assertKept() {
    Map<String, JsonNode> stored = readAll();
    int unaccounted = stored.size();
    for (Item item : items.values()) {
      JsonNode data = stored.get(item.id);
      int version = data == null ? GONE : data.path("data").path("v").asInt();
      if (item.underWay == null) {
        assertThat(version).as("acknowledged state of %s", item.id).isEqualTo(item.version);
      } else {
        assertThat(version).as("state of %s", item.id).isIn(item.version, item.underWay);
        item.version = version;
        item.underWay = null;
      }
      unaccounted -= data == null ? 0 : 1;
    }
    assertThat(unaccounted).as("items that nobody created").isBetween(0, openCreations.size());
  }

  private void write(List<Item> own, Random random) {
    int choice = random.nextInt(10);
    if (own.isEmpty() || choice < 5) {
      String key = Api.unique("crash-");
      String data = "{\"v\":0,\"pad\":\"" + "p".repeat(random.nextInt(2_000)) + "\"}";
      openCreations.put(key, data);
      String id = create(key, data).expect(201).field("id");
      Item item = new Item(id, 0);
      items.put(id, item);
      own.add(item);
      openCreations.remove(key);
    } else if (choice < 9) {
      Item item = own.get(random.nextInt(own.size()));
      int next = item.version + 1;
      item.underWay = next;
      api.put("/api/items/" + item.id, Api.item("{\"v\":" + next + "}"))
          .as(owner)
          .send()
          .expect(200);
      item.acknowledge(next);
    } else {
      Item item = own.remove(random.nextInt(own.size()));
      item.underWay = GONE;
      api.delete("/api/items/" + item.id).as(owner).send().expect(204);
      item.acknowledge(GONE);
    }
  }

  private Answer create(String key, String data) {
    return api.post("/api/items", Api.item(data)).as(owner).header("Idempotency-Key", key).send();
  }

  private Map<String, JsonNode> readAll() {
    Map<String, JsonNode> stored = new ConcurrentHashMap<>();
    Set<String> cursors = new HashSet<>();
    String query = "?limit=100";
    while (true) {
      JsonNode page = api.get("/api/items" + query).as(owner).send().expect(200).json();
      for (JsonNode item : page.path("items")) {
        assertThat(stored.put(item.path("id").asString(), item)).isNull();
      }
      if (page.path("next").isNull()) {
        return stored;
      }
      String cursor = page.path("next").asString();
      assertThat(cursors.add(cursor)).as("a cursor comes once").isTrue();
      query = "?limit=100&cursor=" + cursor;
    }
  }

  /** One item; the version -1 stands for deleted. */
  private static final class Item {
    private final String id;
    private volatile int version;
    private volatile @Nullable Integer underWay;

    private Item(String id, int version) {
      this.id = id;
      this.version = version;
    }

    private void acknowledge(int state) {
      version = state;
      underWay = null;
    }
  }

  /** Threads that each repeat one step until the server no longer answers. Thread-safe. */
  static final class Background {
    private final ExecutorService threads;
    private final List<Future<?>> running = new ArrayList<>();

    Background(int count) {
      threads = Executors.newFixedThreadPool(count);
    }

    void untilRefused(Runnable step) {
      running.add(
          threads.submit(
              () -> {
                boolean answered = true;
                while (answered) {
                  answered = completes(step);
                }
              }));
    }

    /** Waits for all of them; a failed assertion in one comes out here. */
    void join() throws Exception {
      for (Future<?> future : running) {
        future.get(60, TimeUnit.SECONDS);
      }
      threads.shutdown();
    }

    private static boolean completes(Runnable step) {
      try {
        step.run();
        return true;
      } catch (UncheckedIOException e) {
        return false; // The server was killed, which is what these threads wait for.
      }
    }
  }
}

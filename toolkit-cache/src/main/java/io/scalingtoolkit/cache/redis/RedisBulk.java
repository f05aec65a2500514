// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.cache.redis;

import io.scalingtoolkit.cache.internal.Reading;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Reads entries of a space with one command for those of a slot; thread-safe. */
final class RedisBulk {
  private static final int MOST_IN_ONE = 1_000;

  private final RedisSpace space;

  RedisBulk(RedisSpace space) {
    this.space = space;
  }

  /** As {@link RedisSpace#getAll}. */
  Map<String, CompletionStage<Reading>> getAll(Map<String, Runnable> ordered) {
    Map<String, CompletionStage<Reading>> answers = new LinkedHashMap<>();
    Map<Integer, List<String>> bySlot = new LinkedHashMap<>();
    for (String key : ordered.keySet()) {
      if (space.journal.contains(key)) {
        answers.put(key, RedisTier.nobodyThere());
      } else {
        bySlot.computeIfAbsent(space.slot(key), same -> new ArrayList<>()).add(key);
      }
    }
    bySlot.forEach(
        (slot, keys) -> {
          for (int from = 0; from < keys.size(); from += MOST_IN_ONE) {
            int to = Math.min(keys.size(), from + MOST_IN_ONE);
            getAtOnce(slot, keys.subList(from, to), ordered, answers);
          }
        });
    return answers;
  }

  private void getAtOnce(
      int slot,
      List<String> keys,
      Map<String, Runnable> ordered,
      Map<String, CompletionStage<Reading>> answers) {
    List<byte[]> redisKeys = keys.stream().map(space::key).toList();
    Runnable all = () -> keys.forEach(key -> ordered.getOrDefault(key, () -> {}).run());
    CompletionStage<List<CompletionStage<Reading>>> asked =
        space.<List<CompletionStage<Reading>>>ask(
            slot,
            route ->
                route
                    .link()
                    .getAll(redisKeys, found -> all.run())
                    .thenApply(found -> readings(found, route)));
    for (int i = 0; i < keys.size(); i++) {
      int at = i;
      String key = keys.get(i);
      answers.put(
          key,
          asked
              .handle(
                  (found, problem) ->
                      problem == null
                          ? found.get(at)
                          : Redirect.isSplit(problem)
                              ? space.get(key, ordered.getOrDefault(key, () -> {}))
                              : CompletableFuture.<Reading>failedFuture(problem))
              .thenCompose(answer -> answer));
    }
  }

  private List<CompletionStage<Reading>> readings(List<byte[]> found, Route route) {
    List<Frame> frames = found.stream().map(Frame::parse).filter(Objects::nonNull).toList();
    List<String> names =
        frames.stream()
            .flatMap(frame -> frame.tags().stream().map(Frame.Tag::name))
            .distinct()
            .toList();
    // All in one question, so that none of them has to ask.
    CompletionStage<?> known = space.tags.versions(names).exceptionally(problem -> List.of());
    return found.stream()
        .map(bytes -> known.thenCompose(done -> space.reading(bytes, route)))
        .toList();
  }
}

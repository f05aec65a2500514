// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Prints the answer of {@code /actuator/shards} for people. */
final class ShardTable {

  private static final List<String> FINISHED = List.of("DONE", "ROLLED_BACK", "ABORTED");

  private ShardTable() {}

  /** Lines of the answer; the answer itself when it is not as expected. */
  static List<String> lines(String json) {
    Map<String, @Nullable Object> status = Json.object(json);
    List<@Nullable Object> shards = Json.asList(status.get("shards"));
    if (shards.isEmpty()) {
      return List.of(json);
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        "map       version %s, %s slots".formatted(text(status, "version"), text(status, "slots")));
    for (Object each : shards) {
      Map<String, @Nullable Object> shard = Json.asObject(each);
      lines.add(
          "shard     %-8s weight %s, %s slots (%s)"
              .formatted(
                  text(shard, "name"),
                  text(shard, "weight"),
                  text(shard, "slots"),
                  share(shard.get("slots"), status.get("slots"))));
    }
    List<Map<String, @Nullable Object>> moves =
        Json.asList(status.get("moves")).stream().map(Json::asObject).toList();
    moves.stream()
        .filter(move -> !FINISHED.contains(text(move, "state")))
        .map(ShardTable::move)
        .forEach(lines::add);
    if (!moves.isEmpty()) {
      lines.add("moves     " + counts(moves));
    }
    return lines;
  }

  private static String move(Map<String, @Nullable Object> move) {
    return "move      %s -> %s  %s  %s rows  slots %s"
        .formatted(
            text(move, "source"),
            text(move, "target"),
            text(move, "state").toLowerCase(Locale.ROOT),
            text(move, "rows"),
            text(move, "slots"));
  }

  private static String counts(List<Map<String, @Nullable Object>> moves) {
    Map<String, Long> counts =
        moves.stream()
            .collect(
                Collectors.groupingBy(
                    move -> text(move, "state").toLowerCase(Locale.ROOT),
                    java.util.TreeMap::new,
                    Collectors.counting()));
    return counts.entrySet().stream()
        .map(count -> count.getValue() + " " + count.getKey())
        .collect(Collectors.joining(", "));
  }

  private static String share(@Nullable Object slots, @Nullable Object all) {
    return slots instanceof Double part && all instanceof Double whole && whole > 0
        ? String.format(Locale.ROOT, "%.1f %%", 100 * part / whole)
        : "?";
  }

  private static String text(Map<String, @Nullable Object> from, String name) {
    Object value = from.get(name);
    if (value instanceof Double number && number == Math.rint(number)) {
      return Long.toString(number.longValue());
    }
    return String.valueOf(value);
  }
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as one of its nodes sees it: the parsed answer to CLUSTER NODES. Immutable.
 *
 * @param members all nodes the asked one knows, in its order
 */
record ClusterView(List<Member> members) {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

  /**
   * One node in the view.
   *
   * @param id the node's identity, 40 hexadecimal digits
   * @param port the port for clients
   * @param primary whether it is a primary
   * @param suspect whether it is failing, failed or not fully known
   * @param primaryId whom it follows, null for a primary
   * @param slots the slots it serves, never changed after parsing
   */
  record Member(
      String id,
      int port,
      boolean primary,
      boolean suspect,
      @Nullable String primaryId,
      BitSet slots) {}

  /** Copies the list. */
  ClusterView {
    members = List.copyOf(members);
  }

  /** Asks a node. */
  static ClusterView seenBy(RedisNode node) throws IOException {
    return parse(node.ask(StandardCharsets.UTF_8, ANSWER_LIMIT, "CLUSTER", "NODES").text());
  }

  /** Reads the lines {@code id ip:port@bus flags primary ping pong epoch link slot…}. */
  static ClusterView parse(String text) {
    List<Member> members = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String[] words = line.strip().split(" ", -1);
      if (words.length >= 8) {
        members.add(parseMember(words));
      }
    }
    return new ClusterView(members);
  }

  private static Member parseMember(String[] words) {
    String address = words[1];
    int port = Integer.parseInt(address, address.lastIndexOf(':') + 1, address.indexOf('@'), 10);
    List<String> flags = List.of(words[2].split(",", -1));
    boolean suspect =
        flags.contains("fail")
            || flags.contains("fail?")
            || flags.contains("handshake")
            || flags.contains("noaddr");
    BitSet slots = new BitSet(Slots.COUNT);
    for (int i = 8; i < words.length; i++) {
      String range = words[i];
      if (!range.startsWith("[")) { // [slot->-id] is a migration under way, not an owned slot
        int dash = range.indexOf('-');
        int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
        slots.set(first, last + 1);
      }
    }
    String primaryId = words[3].equals("-") ? null : words[3];
    return new Member(words[0], port, flags.contains("master"), suspect, primaryId, slots);
  }

  /** The node that listens on a port, null when it is not known. */
  @Nullable Member at(int port) {
    return members.stream().filter(member -> member.port == port).findFirst().orElse(null);
  }

  /** The node that serves a slot, null when nobody does. */
  @Nullable Member ownerOf(int slot) {
    return members.stream().filter(member -> member.slots.get(slot)).findFirst().orElse(null);
  }

  /** How many slots have an owner. */
  int coveredSlots() {
    return members.stream().mapToInt(member -> member.slots.cardinality()).sum();
  }

  /** Who serves what and who follows whom, by port: equal in two views that agree. */
  Map<Integer, String> shape() {
    Map<Integer, String> shape = new TreeMap<>();
    for (Member member : members) {
      String above = member.primaryId == null ? "primary" : member.primaryId;
      shape.put(member.port, member.id + " " + above + " " + member.slots);
    }
    return shape;
  }
}

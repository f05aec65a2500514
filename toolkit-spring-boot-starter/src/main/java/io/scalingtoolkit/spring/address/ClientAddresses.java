// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import io.scalingtoolkit.spring.InvalidPropertyException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells which address a request comes from, as far as that can be known; immutable.
 *
 * <p>It is the peer of the socket. If that is a trusted proxy, it is the last address in the
 * forwarding header that is not a trusted proxy: each trusted proxy has added who it was talking
 * to, and what stands further left was sent by that one and may be made up. An element that is no
 * address ends the walk at the proxy that wrote it. Without trusted proxies no header is looked at.
 *
 * <p>Wrappers of the request are looked through, and the peer is taken from the container before
 * anything can change it. So neither {@code server.forward-headers-strategy} nor a filter that
 * rewrites the remote address has a say in it.
 */
public final class ClientAddresses {
  /** What a request has whose peer is no address, such as a socket of the file system. */
  static final String UNKNOWN = "unknown";

  private static final int MAX_HOPS = 64;
  private static final String MEMO = ClientAddresses.class.getName();

  private final List<Cidr> proxies;
  private final ForwardedHeader header;

  private ClientAddresses(List<Cidr> proxies, ForwardedHeader header) {
    this.proxies = proxies;
    this.header = header;
  }

  /**
   * Returns a rule.
   *
   * @param property name of the property that holds the proxies, for the message
   * @param proxies addresses and blocks in CIDR notation; empty to believe no header
   * @param header what the proxies write
   * @throws InvalidPropertyException if one of them is neither, or means all addresses
   */
  public static ClientAddresses trusting(
      String property, List<String> proxies, ForwardedHeader header) {
    return new ClientAddresses(
        proxies.stream().map(text -> cidr(property, text)).toList(),
        Objects.requireNonNull(header, "header"));
  }

  private static Cidr cidr(String property, String text) {
    try {
      return Cidr.parse(text.strip());
    } catch (IllegalArgumentException e) {
      throw new InvalidPropertyException(property, String.valueOf(e.getMessage()), text);
    }
  }

  /** Returns the address of the client as text, {@code unknown} if its peer has none. */
  public String address(HttpServletRequest request) {
    IpAddress client = find(request);
    return client == null ? UNKNOWN : client.toString();
  }

  /**
   * Returns what one subscriber has, for counting: the IPv4 address, or the /64 block of an IPv6
   * address, because one subscriber has all of its 2<sup>64</sup> addresses.
   */
  public String network(HttpServletRequest request) {
    IpAddress client = find(request);
    return client == null ? UNKNOWN : client.network();
  }

  private @Nullable IpAddress find(HttpServletRequest request) {
    if (request.getAttribute(MEMO) instanceof Memo memo && memo.rule() == this) {
      return memo.client();
    }
    IpAddress client = client(contained(request));
    request.setAttribute(MEMO, new Memo(this, client));
    return client;
  }

  private record Memo(ClientAddresses rule, @Nullable IpAddress client) {}

  private static HttpServletRequest contained(HttpServletRequest request) {
    ServletRequest current = request;
    while (current instanceof ServletRequestWrapper wrapper) {
      current = wrapper.getRequest();
    }
    return current instanceof HttpServletRequest http ? http : request;
  }

  private @Nullable IpAddress client(HttpServletRequest request) {
    Peer known = Peer.of(request);
    String address = known == null ? request.getRemoteAddr() : known.address();
    IpAddress peer = address == null ? null : IpAddress.parsePeer(address);
    if (peer == null || !isTrusted(peer)) {
      return peer;
    }
    List<String> forwardedFor =
        lines(request, known == null ? null : known.forwardedFor(), Peer.X_FORWARDED_FOR);
    List<String> forwarded =
        lines(request, known == null ? null : known.forwarded(), Peer.FORWARDED);
    boolean both = !forwardedFor.isEmpty() && !forwarded.isEmpty();
    if (header == ForwardedHeader.AUTO && both) {
      IpAddress one = walk(peer, Hops.ofForwardedFor(forwardedFor));
      return one.equals(walk(peer, Hops.ofForwarded(forwarded))) ? one : peer;
    }
    boolean standard =
        header == ForwardedHeader.AUTO
            ? forwardedFor.isEmpty()
            : header == ForwardedHeader.FORWARDED;
    return walk(peer, standard ? Hops.ofForwarded(forwarded) : Hops.ofForwardedFor(forwardedFor));
  }

  private static List<String> lines(
      HttpServletRequest request, @Nullable List<String> kept, String name) {
    return kept == null ? Collections.list(request.getHeaders(name)) : kept;
  }

  private IpAddress walk(IpAddress peer, Hops hops) {
    IpAddress nearest = peer;
    for (int i = 0; i < MAX_HOPS; i++) {
      String element = hops.next();
      IpAddress next = element == null ? null : hops.address(element);
      if (next == null) {
        return nearest;
      }
      if (!isTrusted(next)) {
        return next;
      }
      nearest = next;
    }
    return nearest;
  }

  private boolean isTrusted(IpAddress address) {
    for (Cidr proxy : proxies) {
      if (proxy.contains(address)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return "ClientAddresses[" + proxies + ", " + header + "]";
  }
}

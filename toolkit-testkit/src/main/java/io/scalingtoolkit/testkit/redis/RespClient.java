// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.testkit.redis;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection that speaks the Redis protocol, version 2, one command at a time. Confined.
 *
 * <p>It exists so that the testkit needs no Redis client library, which would decide the version
 * for those who use the testkit.
 */
final class RespClient implements AutoCloseable {
  /** Each byte one character, so that keys survive whatever bytes they have. */
  static final Charset BYTES = StandardCharsets.ISO_8859_1;

  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private final String node;
  private final Charset charset;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private RespClient(String node, Charset charset, Socket socket) throws IOException {
    this.node = node;
    this.charset = charset;
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = new BufferedOutputStream(socket.getOutputStream());
  }

  /**
   * Connects to a server on loopback.
   *
   * @param node the server's name for messages
   * @param limit how long to wait for the connection, and for each answer
   */
  static RespClient connect(String node, int port, Charset charset, Duration limit)
      throws IOException {
    Socket socket = new Socket();
    try {
      int millis = Math.toIntExact(limit.toMillis());
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), millis);
      socket.setSoTimeout(millis);
      return new RespClient(node, charset, socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Sends a command and waits for its answer.
   *
   * @throws RedisCommandException when the answer is an error
   * @throws IOException when the connection fails or no answer comes in time
   */
  RedisReply call(List<String> command) throws IOException {
    write(command);
    RedisReply reply = read();
    if (reply instanceof RedisReply.Failure failure) {
      throw new RedisCommandException(node, command.get(0), failure.message());
    }
    return reply;
  }

  private void write(List<String> command) throws IOException {
    out.write(("*" + command.size() + "\r\n").getBytes(StandardCharsets.US_ASCII));
    for (String word : command) {
      byte[] bytes = word.getBytes(charset);
      out.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(bytes);
      out.write('\r');
      out.write('\n');
    }
    out.flush();
  }

  private RedisReply read() throws IOException {
    String line = readLine();
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> new RedisReply.Text(rest);
      case '-' -> new RedisReply.Failure(rest);
      case ':' -> new RedisReply.Whole(Long.parseLong(rest));
      case '$' -> readBulk(Integer.parseInt(rest));
      case '*' -> readItems(Integer.parseInt(rest));
      default -> throw new IOException(node + " sent a reply of unknown type: " + line);
    };
  }

  private RedisReply readBulk(int length) throws IOException {
    if (length < 0) {
      return new RedisReply.Nil();
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length || !readLine().isEmpty()) {
      throw new EOFException(node + " ended a reply early");
    }
    return new RedisReply.Text(new String(bytes, charset));
  }

  private RedisReply readItems(int count) throws IOException {
    if (count < 0) {
      return new RedisReply.Nil();
    }
    List<RedisReply> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(read());
    }
    return new RedisReply.Items(items);
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\r'; next = in.read()) {
      if (next < 0) {
        throw new EOFException(node + " closed the connection");
      }
      line.append((char) next);
    }
    if (in.read() != '\n') {
      throw new IOException(node + " sent a line that does not end with CR LF");
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

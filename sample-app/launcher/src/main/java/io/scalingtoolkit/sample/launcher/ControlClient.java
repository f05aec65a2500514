// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The other end of a {@link ControlSocket}. */
final class ControlClient {

  private ControlClient() {}

  /** As the other one, with a supervisor of phase 3. */
  static String send(Path socket, String command, Consumer<Reply> replies) {
    return send(
        socket,
        command,
        replies,
        "start it again with ./run --phase 3, and ./run shards tells what is left to do");
  }

  /**
   * Sends one command and hands on the answer.
   *
   * @param replies takes each line as it comes, except the last
   * @param hint what the user can do when the supervisor has ended
   * @return the text of the last line
   * @throws UserError when the supervisor says why it failed, or has ended
   */
  static String send(Path socket, String command, Consumer<Reply> replies, String hint) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
      ByteBuffer bytes = ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Reply reply = Reply.of(line);
        if (reply.kind() == Reply.Kind.FAILED) {
          throw new UserError(reply.text());
        }
        if (reply.last()) {
          return reply.text();
        }
        replies.accept(reply);
      }
    } catch (IOException e) {
      throw new UserError(
          "the supervisor does not answer on " + socket + ": " + UserError.reason(e), e);
    }
    throw new UserError("the supervisor has ended; " + hint);
  }
}

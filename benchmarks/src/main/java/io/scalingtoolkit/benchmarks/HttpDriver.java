// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 requests to one address, on one thread and as many connections as there are requests
 * under way. Thread-safe.
 *
 * <p>Made for loads of thousands of requests a second of which many are never answered: the client
 * of the JDK took a whole core for 1,500 a second in an overload, and the server shares the machine
 * with its driver. The answers are handed on by the thread of the connections, so what is done with
 * them must be short.
 */
final class HttpDriver implements AutoCloseable {
  private static final int MOST_ANSWER_BYTES = 16 << 20;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("http-driver", true), NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Bootstrap bootstrap;
  private final URI url;
  private final long patienceNanos;

  /** Confined to the loop; the one used last goes first. */
  private final Deque<Connection> idle = new ArrayDeque<>();

  /**
   * @param url http or https, without a trailing slash
   * @param patience after which a request is given up and its connection reset
   */
  HttpDriver(URI url, Duration patience) {
    this.url = url;
    SslContext tls = "https".equals(url.getScheme()) ? tls() : null;
    int port = url.getPort() >= 0 ? url.getPort() : tls == null ? 80 : 443;
    patienceNanos = patience.toNanos();
    bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            // A request that is given up must not hold its port for a minute.
            .option(ChannelOption.SO_LINGER, 0)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(patience.toMillis()))
            .remoteAddress(new InetSocketAddress(url.getHost(), port))
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (tls != null) {
                      channel
                          .pipeline()
                          .addLast(tls.newHandler(channel.alloc(), url.getHost(), port));
                    }
                    channel
                        .pipeline()
                        .addLast(new HttpClientCodec())
                        .addLast(new HttpObjectAggregator(MOST_ANSWER_BYTES))
                        .addLast(new Connection(channel));
                  }
                });
  }

  private static SslContext tls() {
    try {
      return SslContextBuilder.forClient().build();
    } catch (SSLException e) {
      throw new BenchmarkException("no TLS: " + e.getMessage(), e);
    }
  }

  /**
   * What is asked. Immutable.
   *
   * @param path with a leading slash
   * @param headers beside the ones that HTTP itself needs
   * @param body empty for none
   */
  record Request(String method, String path, Map<String, String> headers, String body) {
    Request {
      headers = Map.copyOf(headers);
    }

    Request with(String header, String value) {
      Map<String, String> more = new TreeMap<>(headers);
      more.put(header, value);
      return new Request(method, path, more, body);
    }
  }

  /** What came back. */
  record Answer(int status, HttpHeaders headers, String body) {
    String header(String name, String otherwise) {
      return headers.get(name, otherwise);
    }
  }

  /**
   * Starts a request. The result fails with an {@link IOException} when the connection does, and
   * with a {@link TimeoutException} when the patience is at its end.
   */
  CompletableFuture<Answer> send(Request request) {
    return send(request, patienceNanos);
  }

  /** As {@link #send(Request)}, with another patience. */
  CompletableFuture<Answer> send(Request request, Duration patience) {
    return send(request, patience.toNanos());
  }

  private CompletableFuture<Answer> send(Request request, long nanos) {
    Call call = new Call(request, nanos);
    loop.execute(() -> start(call));
    return call.answer;
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private void start(Call call) {
    call.timeout = loop.schedule(call::giveUp, call.patienceNanos, TimeUnit.NANOSECONDS);
    Connection connection = idle.pollFirst();
    if (connection != null) {
      connection.write(call);
      return;
    }
    ChannelFuture connecting = bootstrap.connect();
    Channel channel = connecting.channel();
    call.channel = channel;
    connecting.addListener(
        done -> {
          if (done.isSuccess()) {
            channel.pipeline().get(Connection.class).write(call);
          } else {
            call.fail(done.cause());
          }
        });
  }

  private static void reset(Channel channel) {
    var unused = channel.close();
  }

  private FullHttpRequest encoded(Request request) {
    FullHttpRequest http =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.valueOf(request.method()),
            url.getRawPath() + request.path(),
            Unpooled.copiedBuffer(request.body(), StandardCharsets.UTF_8));
    http.headers().set(HttpHeaderNames.HOST, url.getRawAuthority());
    http.headers().set(HttpHeaderNames.CONTENT_LENGTH, http.content().readableBytes());
    request.headers().forEach(http.headers()::set);
    return http;
  }

  /** A request and who waits for it; confined to the loop but for its answer. */
  private static final class Call {
    final Request request;
    final long patienceNanos;
    final CompletableFuture<Answer> answer = new CompletableFuture<>();
    @Nullable Channel channel;
    @Nullable Future<?> timeout;

    Call(Request request, long patienceNanos) {
      this.request = request;
      this.patienceNanos = patienceNanos;
    }

    void giveUp() {
      answer.completeExceptionally(new TimeoutException("no answer in time: " + request.path()));
      if (channel != null) {
        reset(channel);
      }
    }

    void fail(Throwable cause) {
      cancelTimeout();
      answer.completeExceptionally(new IOException(request.path() + ": " + cause, cause));
    }

    void cancelTimeout() {
      if (timeout != null) {
        timeout.cancel(false);
      }
    }
  }

  /** One connection, with at most one request under way. */
  private final class Connection extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final Channel channel;
    private @Nullable Call current;

    Connection(Channel channel) {
      this.channel = channel;
    }

    void write(Call call) {
      if (call.answer.isDone()) {
        reset(channel);
        return;
      }
      current = call;
      call.channel = channel;
      channel
          .writeAndFlush(encoded(call.request))
          .addListener(
              written -> {
                if (!written.isSuccess()) {
                  lost(written.cause());
                }
              });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      Call call = current;
      current = null;
      if (call == null) {
        reset(channel); // nobody asked
        return;
      }
      call.cancelTimeout();
      if (HttpUtil.isKeepAlive(response)) {
        idle.addFirst(this);
      } else {
        reset(channel);
      }
      call.answer.complete(
          new Answer(
              response.status().code(),
              response.headers(),
              response.content().toString(StandardCharsets.UTF_8)));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      lost(new IOException("the connection was closed"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      lost(cause);
    }

    private void lost(Throwable cause) {
      idle.remove(this);
      if (current != null) {
        current.fail(cause);
        current = null;
      }
      reset(channel);
    }
  }
}

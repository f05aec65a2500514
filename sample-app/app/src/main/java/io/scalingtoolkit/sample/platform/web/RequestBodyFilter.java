// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Bounds the body of every API call before anything parses it, whatever Content-Length says, and
 * keeps the bytes for the fingerprint of an Idempotency-Key. Avatars are left out: their controller
 * bounds them while it streams. Runs after authentication, so that strangers cost no memory.
 */
@Component
@Order(0)
final class RequestBodyFilter extends OncePerRequestFilter {

  /**
   * The only call whose body is not JSON, as it is spelled on the wire. A path that is spelled in
   * another way, with %61 for a for example, reaches the same handler and keeps the limit.
   */
  private static final Pattern PICTURE = Pattern.compile("/api(/v[0-9]+)?/users/[^/]+/avatar");

  private final ProblemWriter problems;

  RequestBodyFilter(ProblemWriter problems) {
    this.problems = problems;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return PICTURE.matcher(request.getRequestURI()).matches();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (acceptsNothing(request.getHeader(HttpHeaders.ACCEPT))) {
      problems.write(
          request, response, Problem.of(ProblemType.NOT_ACCEPTABLE, "Accept rules out JSON."));
      return;
    }
    if (request.getContentLengthLong() > RequestBody.LIMIT_BYTES) {
      problems.write(request, response, Problem.tooLarge(RequestBody.LIMIT_BYTES));
      return;
    }
    if (!isUtf8(request.getContentType())) {
      problems.write(
          request, response, Problem.unsupportedMediaType("The body must be JSON in UTF-8."));
      return;
    }
    byte[] body = request.getInputStream().readNBytes(RequestBody.LIMIT_BYTES + 1);
    if (body.length > RequestBody.LIMIT_BYTES) {
      problems.write(request, response, Problem.tooLarge(RequestBody.LIMIT_BYTES));
      return;
    }
    if (!isText(body)) {
      problems.write(
          request, response, Problem.badRequest("The body is not well-formed JSON in UTF-8."));
      return;
    }
    chain.doFilter(new RequestBody(request, body), response);
  }

  /** Strict UTF-8: the JSON parser would let overlong forms pass. Raw NUL is in no JSON text. */
  private static boolean isText(byte[] body) {
    for (byte b : body) {
      if (b == 0) {
        return false;
      }
    }
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(body));
      return true;
    } catch (CharacterCodingException notUtf8) {
      return false;
    }
  }

  /** True when every type that Accept names has the weight 0, which Spring does not look at. */
  private static boolean acceptsNothing(@Nullable String accept) {
    if (accept == null || !accept.contains("q=0")) {
      return false;
    }
    try {
      List<MediaType> types = MediaType.parseMediaTypes(accept);
      return !types.isEmpty() && types.stream().allMatch(type -> type.getQualityValue() == 0);
    } catch (InvalidMediaTypeException unreadable) {
      return false;
    }
  }

  private static boolean isUtf8(@Nullable String contentType) {
    if (contentType == null) {
      return true;
    }
    try {
      Charset charset = MediaType.parseMediaType(contentType).getCharset();
      return charset == null || charset.equals(StandardCharsets.UTF_8);
    } catch (InvalidMediaTypeException
        | IllegalCharsetNameException
        | UnsupportedCharsetException unreadable) {
      return false;
    }
  }
}

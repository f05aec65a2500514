// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.platform.security;

import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.HEAD;
import static org.springframework.http.HttpMethod.POST;

import io.scalingtoolkit.sample.platform.ops.DataFolder;
import io.scalingtoolkit.sample.platform.web.Problem;
import io.scalingtoolkit.sample.platform.web.ProblemWriter;
import jakarta.servlet.DispatcherType;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.AuthorizeHttpRequestsConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.firewall.RequestRejectedHandler;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;

/** Wires password hashing, keys and tokens, and says which requests need a caller. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SecurityProperties.class)
class SecurityConfiguration {

  private static final Duration LONGEST_TOKEN = Duration.ofMinutes(15);
  private static final String CONTENT_POLICY =
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
          + " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

  @Bean
  SecureRandom secureRandom() {
    return new SecureRandom();
  }

  @Bean
  Passwords passwords(SecurityProperties settings, SecureRandom random) {
    SecurityProperties.Hashing hashing = settings.hashing();
    Runtime machine = Runtime.getRuntime();
    int places = hashing.places(machine.availableProcessors(), machine.maxMemory());
    HashingGate gate = new HashingGate(places, hashing.queue(), hashing.maxWait());
    return new Passwords(hashing, gate, random);
  }

  @Bean
  PasswordPolicy passwordPolicy() {
    return PasswordPolicy.packaged();
  }

  @Bean
  SigningKeys signingKeys(SecurityProperties settings, DataFolder folder, Clock clock) {
    KeyFiles files = new KeyFiles(settings.keysDirOr(folder.keys()));
    return new SigningKeys(files, clock, LONGEST_TOKEN);
  }

  @Bean
  AccessTokens accessTokens(SigningKeys keys, SecurityProperties settings, Clock clock) {
    return new AccessTokens(keys, settings, clock);
  }

  @Bean
  JwtDecoder jwtDecoder(SigningKeys keys, SecurityProperties settings, Clock clock) {
    return AccessTokenDecoder.create(keys, settings, clock);
  }

  @Bean
  RequestRejectedHandler rejectedRequests(ProblemWriter problems) {
    return (request, response, reason) ->
        problems.write(
            request,
            response,
            Problem.badRequest("The request line or a header has characters that are refused."));
  }

  @Bean
  SecurityFilterChain requests(
      HttpSecurity http,
      SecurityProperties settings,
      SessionCheck sessions,
      ProblemWriter problems) {
    DeniedRequests denied = new DeniedRequests(problems);
    http.csrf(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable)
        .sessionManagement(s -> s.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .headers(SecurityConfiguration::headers)
        .oauth2ResourceServer(
            server ->
                server
                    .jwt(jwt -> jwt.jwtAuthenticationConverter(new CallerConverter(sessions)))
                    .bearerTokenResolver(new PrivateCallTokens())
                    .authenticationEntryPoint(denied)
                    .accessDeniedHandler(denied))
        .exceptionHandling(
            errors -> errors.authenticationEntryPoint(denied).accessDeniedHandler(denied))
        .authorizeHttpRequests(SecurityConfiguration::rules);
    if (settings.corsAllowedOrigins().isEmpty()) {
      http.cors(AbstractHttpConfigurer::disable);
    } else {
      http.cors(cors -> cors.configurationSource(allowed(settings.corsAllowedOrigins())));
    }
    return http.build();
  }

  /** Deny by default: what no line names is refused, and looks like nothing is there. */
  private static void rules(
      AuthorizeHttpRequestsConfigurer<HttpSecurity>.AuthorizationManagerRequestMatcherRegistry
          requests) {
    requests
        .dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC, DispatcherType.FORWARD)
        .permitAll()
        .requestMatchers(POST, PublicCalls.PATHS)
        .permitAll()
        .requestMatchers("/api", "/api/**")
        .authenticated()
        .requestMatchers("/actuator/health", "/actuator/health/**")
        .permitAll()
        .requestMatchers("/actuator", "/actuator/**")
        .access(new LoopbackOnly())
        .requestMatchers(GET, PublicCalls.PAGES)
        .permitAll()
        .requestMatchers(HEAD, PublicCalls.PAGES)
        .permitAll()
        .anyRequest()
        .denyAll();
  }

  private static void headers(HeadersConfigurer<HttpSecurity> headers) {
    headers
        .contentSecurityPolicy(policy -> policy.policyDirectives(CONTENT_POLICY))
        .frameOptions(HeadersConfigurer.FrameOptionsConfig::deny)
        .referrerPolicy(policy -> policy.policy(ReferrerPolicy.NO_REFERRER))
        .permissionsPolicyHeader(
            policy -> policy.policy("camera=(), geolocation=(), microphone=()"));
  }

  private static UrlBasedCorsConfigurationSource allowed(List<String> origins) {
    CorsConfiguration cors = new CorsConfiguration();
    cors.setAllowedOrigins(origins);
    cors.setAllowedMethods(List.of("GET", "HEAD", "POST", "PUT", "DELETE"));
    cors.setAllowedHeaders(
        List.of(
            HttpHeaders.AUTHORIZATION,
            HttpHeaders.CONTENT_TYPE,
            HttpHeaders.IF_MATCH,
            HttpHeaders.IF_NONE_MATCH,
            "Idempotency-Key"));
    cors.setExposedHeaders(
        List.of(
            HttpHeaders.ETAG,
            HttpHeaders.LOCATION,
            HttpHeaders.RETRY_AFTER,
            "RateLimit",
            "RateLimit-Policy",
            "Idempotency-Replayed"));
    cors.setMaxAge(Duration.ofMinutes(10));
    UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
    source.registerCorsConfiguration("/api/**", cors);
    return source;
  }
}

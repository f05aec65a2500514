// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.sample.account;

import io.scalingtoolkit.sample.media.AvatarHolder;
import io.scalingtoolkit.sample.platform.web.Etags;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.ResponseEntity;

/** Wires what the account feature offers to others and what has no dependencies of its own. */
@Configuration(proxyBeanMethods = false)
class AccountConfiguration {

  private static final int REMEMBERED_ORIGINS = 50_000;

  @Bean
  LoginBackoff loginBackoff(Clock clock) {
    return new LoginBackoff(clock, REMEMBERED_ORIGINS);
  }

  @Bean
  AvatarHolder avatarHolder(AccountService accounts) {
    return (userId, avatarUrl, ifMatch) -> {
      AccountRow account = accounts.setAvatar(userId, avatarUrl, ifMatch);
      return ResponseEntity.ok().eTag(Etags.of(account.version())).body(account.view());
    };
  }
}

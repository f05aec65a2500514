// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
package io.scalingtoolkit.spring.address;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties under {@code toolkit.client-address}. A property that is not one of them keeps the
 * application from starting.
 *
 * @param trustedProxies addresses, and blocks of them in CIDR notation, of the proxies whose
 *     forwarding header is believed; none unless set
 * @param header which header they write
 */
@ConfigurationProperties(prefix = AddressProperties.PREFIX, ignoreUnknownFields = false)
record AddressProperties(
    @DefaultValue List<String> trustedProxies, @DefaultValue("auto") ForwardedHeader header) {
  static final String PREFIX = "toolkit.client-address";
}

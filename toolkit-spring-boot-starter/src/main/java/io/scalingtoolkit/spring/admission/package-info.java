// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Admission of requests by how much the application can answer in time, by properties under {@code
 * toolkit.admission}; an {@link io.scalingtoolkit.core.overload.AdaptiveLimiter} decides.
 */
@NullMarked
package io.scalingtoolkit.spring.admission;

import org.jspecify.annotations.NullMarked;

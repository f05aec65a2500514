// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Rate limits of a web application, by properties under {@code toolkit.limits}.
 *
 * <p>{@link io.scalingtoolkit.spring.limit.LimitPolicies} holds the policies in force and can be
 * asked and changed at run time; a filter and an interceptor ask it for each request.
 */
@NullMarked
package io.scalingtoolkit.spring.limit;

import org.jspecify.annotations.NullMarked;

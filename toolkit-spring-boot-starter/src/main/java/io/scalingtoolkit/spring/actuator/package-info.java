// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/** What the limits and the admission of a web application are now, at {@code /actuator/limits}. */
@NullMarked
package io.scalingtoolkit.spring.actuator;

import org.jspecify.annotations.NullMarked;

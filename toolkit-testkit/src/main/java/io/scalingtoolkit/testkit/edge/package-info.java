// SPDX-License-Identifier: Apache-2.0
// Copyright The Scaling Toolkit Authors
/**
 * Real HTTP caches, started from a test in front of a server of its own: {@link
 * io.scalingtoolkit.testkit.edge.NginxServer} and {@link
 * io.scalingtoolkit.testkit.edge.VarnishServer}. They are taken from the machine, where Debian's
 * {@code nginx}, {@code libnginx-mod-http-cache-purge} and {@code varnish} put them.
 */
@NullMarked
package io.scalingtoolkit.testkit.edge;

import org.jspecify.annotations.NullMarked;

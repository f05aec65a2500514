/**
 * Pictures of users, kept as files beside the database. Uploads are recognised by their content and
 * reach their final name only when they are complete.
 */
@NullMarked
package io.scalingtoolkit.sample.media;

import org.jspecify.annotations.NullMarked;

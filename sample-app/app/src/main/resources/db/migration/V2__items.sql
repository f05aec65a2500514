-- Application data: one JSON object a row, kept as the text that was checked when it came in.
CREATE TABLE items (
  id         VARCHAR(36) NOT NULL PRIMARY KEY,
  user_id    VARCHAR(36) NOT NULL,
  data       TEXT        NOT NULL,
  created_at BIGINT      NOT NULL,
  updated_at BIGINT      NOT NULL,
  version    BIGINT      NOT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id)
);

-- The order of the list; the last column breaks ties, so that a page boundary is exact.
CREATE INDEX idx_items_user_created ON items (user_id, created_at DESC, id DESC);

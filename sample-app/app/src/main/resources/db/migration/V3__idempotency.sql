-- Answers that an Idempotency-Key replays. id and fingerprint are keyed hashes; owner_id is the user
-- whose erasure takes the answer with it and has no foreign key, because it is known only after the
-- row exists.
CREATE TABLE idempotency (
  id          VARCHAR(64) NOT NULL PRIMARY KEY,
  owner_id    VARCHAR(36),
  fingerprint VARCHAR(64) NOT NULL,
  status      INTEGER     NOT NULL,
  location    VARCHAR(255),
  etag        VARCHAR(64),
  body        TEXT,
  created_at  BIGINT      NOT NULL
);

CREATE INDEX idx_idempotency_created_at ON idempotency (created_at);
CREATE INDEX idx_idempotency_owner_id ON idempotency (owner_id);

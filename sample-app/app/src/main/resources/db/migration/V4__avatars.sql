-- Which avatar file belongs to whom; a file without a row is an orphan and goes at the next start.
CREATE TABLE avatars (
  name       VARCHAR(64) NOT NULL PRIMARY KEY,
  user_id    VARCHAR(36) NOT NULL,
  created_at BIGINT      NOT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE INDEX idx_avatars_user_id ON avatars (user_id);

-- Accounts and sessions. Times are microseconds since 1970-01-01T00:00:00Z, set by the application.
-- The key columns hold what uniqueness is decided on: the normalised, case-folded form.
CREATE TABLE users (
  id            VARCHAR(36)  NOT NULL PRIMARY KEY,
  email         VARCHAR(255) NOT NULL,
  email_key     VARCHAR(255) NOT NULL,
  username      VARCHAR(100) NOT NULL,
  username_key  VARCHAR(300) NOT NULL,
  password_hash VARCHAR(255) NOT NULL,
  profile       TEXT         NOT NULL,
  created_at    BIGINT       NOT NULL,
  updated_at    BIGINT       NOT NULL,
  version       BIGINT       NOT NULL
);
CREATE UNIQUE INDEX idx_email ON users (email_key);
CREATE UNIQUE INDEX idx_username ON users (username_key);

-- One row per login. family_hash and token_hash are SHA-256 of the two halves of the refresh token:
-- the first half stays the same for the whole session, the second is replaced at every refresh.
CREATE TABLE sessions (
  id           VARCHAR(36) NOT NULL PRIMARY KEY,
  user_id      VARCHAR(36) NOT NULL,
  family_hash  VARCHAR(64) NOT NULL,
  token_hash   VARCHAR(64) NOT NULL,
  created_at   BIGINT      NOT NULL,
  refreshed_at BIGINT      NOT NULL,
  expires_at   BIGINT      NOT NULL,
  FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX idx_session_family ON sessions (family_hash);
CREATE INDEX idx_session_user ON sessions (user_id, created_at);

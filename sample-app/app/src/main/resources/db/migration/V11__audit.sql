-- What happened to each account, only ever added to. Every row carries the hash of the row before
-- it, and audit_heads the number and hash of the last row, so that a changed, missing or moved row
-- shows. The rows hold no personal data and stay when the account goes: the last one is the receipt.
CREATE TABLE audit_log (
  user_id     VARCHAR(36)  NOT NULL,
  seq         BIGINT       NOT NULL,
  recorded_at BIGINT       NOT NULL,
  actor       VARCHAR(36)  NOT NULL,
  action      VARCHAR(50)  NOT NULL,
  subject     VARCHAR(100) NOT NULL,
  detail      VARCHAR(500) NOT NULL,
  prev_hash   VARCHAR(64)  NOT NULL,
  hash        VARCHAR(64)  NOT NULL,
  PRIMARY KEY (user_id, seq)
);
CREATE TABLE audit_heads (
  user_id VARCHAR(36) NOT NULL PRIMARY KEY,
  seq     BIGINT      NOT NULL,
  hash    VARCHAR(64) NOT NULL
);

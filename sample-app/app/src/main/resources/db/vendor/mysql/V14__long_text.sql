-- TEXT ends at 65535 bytes here. An item may have 65536, and an answer has one with its frame.
ALTER TABLE items MODIFY data MEDIUMTEXT NOT NULL;
ALTER TABLE idempotency MODIFY body MEDIUMTEXT NULL;

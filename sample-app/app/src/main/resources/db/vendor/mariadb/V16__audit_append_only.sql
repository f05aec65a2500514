-- The audit log refuses every change but an addition. A mover of shards takes whole slots to another
-- database, where it may have to do a row again, and deletes them here when they are there.
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log FOR EACH ROW
BEGIN
  IF @tk_mover IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only';
  END IF;
END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log FOR EACH ROW
BEGIN
  IF @tk_mover IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only';
  END IF;
END;
CREATE TRIGGER audit_heads_no_delete BEFORE DELETE ON audit_heads FOR EACH ROW
BEGIN
  IF @tk_mover IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_heads is append-only';
  END IF;
END;

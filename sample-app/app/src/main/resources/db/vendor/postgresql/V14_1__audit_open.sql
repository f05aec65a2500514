-- Rows get a new column next; V16 closes the audit log again.
DROP TRIGGER audit_log_append_only ON audit_log;
DROP TRIGGER audit_heads_no_delete ON audit_heads;

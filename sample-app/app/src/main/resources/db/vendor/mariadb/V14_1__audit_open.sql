-- Rows get a new column next; V16 closes the audit log again.
DROP TRIGGER audit_log_no_update;
DROP TRIGGER audit_log_no_delete;
DROP TRIGGER audit_heads_no_delete;

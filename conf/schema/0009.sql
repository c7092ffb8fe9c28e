-- mod_portal, schema step 9: rows of the audit trail are only added. The engine refuses everything else, to
-- whoever asks; who owns the table can take these triggers away, and README.md says how httpd's user is not
-- the owner. A line "-- for ENGINE" means the statement below it.

-- for sqlite3
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'rows of the audit trail are only added'); END;
-- for sqlite3
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'rows of the audit trail are only added'); END;
-- INSERT OR REPLACE deletes without that trigger.
-- for sqlite3
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
  WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq) BEGIN
  SELECT RAISE(ABORT, 'rows of the audit trail are only added'); END;

-- for pgsql
CREATE OR REPLACE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'rows of the audit trail are only added'; END $$;
-- for pgsql
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();

-- for mysql
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'rows of the audit trail are only added';
-- for mysql
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'rows of the audit trail are only added';

-- mod_portal, schema step 13: SQLite numbers rows by itself, too, and INSERT OR REPLACE with such a number put a
-- row in the place of another one without asking the triggers of step 9.

-- for sqlite3
DROP TRIGGER audit_no_replace;
-- for sqlite3
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
  WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq OR rowid = NEW.rowid) BEGIN
  SELECT RAISE(ABORT, 'rows of the audit trail are only added'); END;

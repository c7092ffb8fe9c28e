-- mod_portal, schema step 8: second factors of patients. kind: totp. sealed: the secret of an
-- authenticator app. counter: of the last code that was taken; no code of it or before it is taken
-- again. setup: handle of the session that sets it up; '' once it works (confirmed <> 0).

CREATE TABLE factor (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  kind VARCHAR(8) NOT NULL,
  setup VARCHAR(22) NOT NULL,
  sealed TEXT NOT NULL,
  counter BIGINT NOT NULL,
  created BIGINT NOT NULL,
  confirmed BIGINT NOT NULL,
  used BIGINT NOT NULL
);
CREATE INDEX factor_of ON factor (binder_id, confirmed);

-- Codes that stand in for a lost factor, each once. Only the hash is here; a used code has no row.
CREATE TABLE recovery_code (
  code_hash VARCHAR(64) NOT NULL PRIMARY KEY,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  created BIGINT NOT NULL
);
CREATE INDEX recovery_code_of ON recovery_code (binder_id);

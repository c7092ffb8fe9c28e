-- mod_portal, schema step 2: browsers that a patient has signed in from before, so that an attacker's
-- wrong guesses do not make the patient wait. Only the hash of the cookie is here; it opens nothing.

CREATE TABLE device (
  token_hash VARCHAR(64) NOT NULL,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  created BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  PRIMARY KEY (token_hash, binder_id)
);
CREATE INDEX device_binder ON device (binder_id, seen);
CREATE INDEX device_seen ON device (seen);

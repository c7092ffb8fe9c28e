-- mod_portal, schema step 12: passkeys beside apps, as factors of kind passkey. sealed: id and public key.
-- credential: hash of the id, by which one is found at sign-in; '' for apps and while it is being made.

ALTER TABLE factor ADD COLUMN credential VARCHAR(64) NOT NULL DEFAULT '';
CREATE INDEX factor_credential ON factor (credential);

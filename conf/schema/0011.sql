-- mod_portal, schema step 11: which assignment was erased, so that a restored backup is erased alike.

ALTER TABLE erasure ADD COLUMN assignment_id VARCHAR(22) NOT NULL DEFAULT '';

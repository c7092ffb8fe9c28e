-- mod_portal, schema step 14: from one account with a password to the next, past all that are only invited.

CREATE INDEX account_key ON account (pepper_key, binder_id);

-- mod_portal, schema step 3: a session knows the kind of browser it began in, for the patient's own
-- list. agent: browser and system, each a word (core/agent.h), or ''.

ALTER TABLE session ADD COLUMN agent VARCHAR(40) NOT NULL DEFAULT '';

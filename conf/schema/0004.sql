-- mod_portal, schema step 4: what the desk does with paperwork that came in, and answers sent again.
-- response.state: new, reading, accepted, returned, filed; handled_by, handled_at: who put it there.
-- number: 1, and one more each time it was sent again. refused: 1 when a consent in it was refused.

ALTER TABLE response ADD COLUMN state VARCHAR(10) NOT NULL DEFAULT 'new';
ALTER TABLE response ADD COLUMN number BIGINT NOT NULL DEFAULT 1;
ALTER TABLE response ADD COLUMN handled_by VARCHAR(200) NOT NULL DEFAULT '';
ALTER TABLE response ADD COLUMN handled_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE response ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
UPDATE response SET state = 'reading' WHERE read_at > 0;
CREATE INDEX response_state ON response (state, authored);

-- A response as it was before it was sent again, sealed; never changed.
CREATE TABLE response_past (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  response_id VARCHAR(22) NOT NULL REFERENCES response (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  form_hash VARCHAR(64) NOT NULL REFERENCES form_version (hash),
  made_in VARCHAR(8) NOT NULL,
  language VARCHAR(20) NOT NULL,
  sealed TEXT NOT NULL,
  authored BIGINT NOT NULL
);
CREATE INDEX response_past_of ON response_past (response_id, number);

-- A question given back with a note, both sealed; answered: when it was sent again, or 0.
CREATE TABLE response_return (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  response_id VARCHAR(22) NOT NULL REFERENCES response (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  created BIGINT NOT NULL,
  answered BIGINT NOT NULL
);
CREATE INDEX response_return_of ON response_return (response_id, created);

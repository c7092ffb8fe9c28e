-- mod_portal, schema step 10: paperwork that goes to the hospital's own system (PortalExport). A row names
-- a response and which of its numbers, and holds nothing of it: what is sent is read when it is sent.
-- state: queued, sent, failed. reply_code: of HTTP; issue: a code of FHIR's; reason: why it went wrong,
-- in one word.

CREATE TABLE export_out (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  response_id VARCHAR(22) NOT NULL REFERENCES response (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  state VARCHAR(8) NOT NULL,
  tries BIGINT NOT NULL,
  next_try BIGINT NOT NULL,
  claim VARCHAR(22) NOT NULL,
  claimed_until BIGINT NOT NULL,
  reply_code BIGINT NOT NULL,
  issue VARCHAR(20) NOT NULL,
  reason VARCHAR(12) NOT NULL,
  created BIGINT NOT NULL,
  finished BIGINT NOT NULL,
  UNIQUE (response_id, number)
);
CREATE INDEX export_out_state ON export_out (state, next_try);
CREATE INDEX export_out_created ON export_out (created, id);

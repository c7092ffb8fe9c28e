-- mod_portal, schema step 6: paperwork that was erased. A row says who erased which form when and why,
-- and holds nothing that a patient wrote. number: how often it had been sent, 0: never; drafts: how many
-- were begun; sent: when last. form_hash '': it was never begun. reason: a word of store/erase.h.

CREATE TABLE erasure (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  case_id VARCHAR(22) NOT NULL,
  form VARCHAR(100) NOT NULL,
  title VARCHAR(300) NOT NULL,
  form_hash VARCHAR(64) NOT NULL,
  response_id VARCHAR(22) NOT NULL,
  number BIGINT NOT NULL,
  drafts BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  reason VARCHAR(12) NOT NULL,
  erased_by VARCHAR(200) NOT NULL,
  erased BIGINT NOT NULL
);
CREATE INDEX erasure_binder ON erasure (binder_id, erased);
CREATE INDEX erasure_when ON erasure (erased, id);

-- When something was erased that may still stand in SQLite's write-ahead log; '': nothing.
INSERT INTO meta (name, value) SELECT 'scrub', '' WHERE NOT EXISTS
  (SELECT 1 FROM meta m WHERE m.name = 'scrub');

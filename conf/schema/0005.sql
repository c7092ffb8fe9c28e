-- mod_portal, schema step 5: signatures under responses. number: of the response as it was signed.
-- sealed: who, in which role and how identified, how and when, the hashes, and the document as it was
-- shown. Rows are only added.

CREATE TABLE signature (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  response_id VARCHAR(22) NOT NULL REFERENCES response (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  created BIGINT NOT NULL
);
CREATE INDEX signature_of ON signature (response_id, number);

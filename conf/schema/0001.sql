-- mod_portal, schema step 1. One text for SQLite, PostgreSQL and MariaDB: VARCHAR, TEXT and
-- BIGINT only. Times are microseconds since 1970 in UTC, 0 = never. Ids are random text made in C.
-- Statements end with a semicolon at the end of a line. Comments stand on lines of their own.

CREATE TABLE meta (
  name VARCHAR(40) NOT NULL PRIMARY KEY,
  value VARCHAR(200) NOT NULL
);

-- One person's folder. mrn is compared exactly (NFC, trimmed).
CREATE TABLE binder (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  mrn VARCHAR(100) NOT NULL UNIQUE,
  family VARCHAR(300) NOT NULL,
  given VARCHAR(300) NOT NULL,
  birth_date VARCHAR(10) NOT NULL,
  email VARCHAR(320) NOT NULL,
  phone VARCHAR(60) NOT NULL,
  language VARCHAR(20) NOT NULL,
  sort_key VARCHAR(400) NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX binder_sorted ON binder (sort_key, id);

-- What Find looks in: folded words of names, numbers, e-mails and dates.
-- kind: d = from the binder and its cases, a = from the Patient Portal tab.
CREATE TABLE search_word (
  word VARCHAR(320) NOT NULL,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  kind VARCHAR(1) NOT NULL,
  PRIMARY KEY (word, binder_id, kind)
);
CREATE INDEX search_word_binder ON search_word (binder_id, word);

-- One episode of care. number_key: upper case without spaces and dashes.
CREATE TABLE patient_case (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  number VARCHAR(100) NOT NULL,
  number_key VARCHAR(100) NOT NULL UNIQUE,
  title VARCHAR(300) NOT NULL,
  family VARCHAR(300) NOT NULL,
  given VARCHAR(300) NOT NULL,
  birth_date VARCHAR(10) NOT NULL,
  start_date VARCHAR(10) NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX patient_case_binder ON patient_case (binder_id, start_date);

-- Cases of an import that have yet to get the forms of PortalPaperworkDefault, which httpd knows.
CREATE TABLE case_due (
  case_id VARCHAR(22) NOT NULL PRIMARY KEY REFERENCES patient_case (id) ON DELETE CASCADE
);

-- The Patient Portal tab as the front desk edits it; no row until the first edit.
CREATE TABLE access (
  binder_id VARCHAR(22) NOT NULL PRIMARY KEY REFERENCES binder (id) ON DELETE CASCADE,
  master_case_id VARCHAR(22) REFERENCES patient_case (id),
  email VARCHAR(320) NOT NULL,
  email_key VARCHAR(320) NOT NULL,
  enabled SMALLINT NOT NULL,
  comment TEXT NOT NULL,
  version BIGINT NOT NULL,
  updated BIGINT NOT NULL
);
CREATE INDEX access_master ON access (master_case_id);
CREATE TABLE access_case (
  binder_id VARCHAR(22) NOT NULL REFERENCES access (binder_id) ON DELETE CASCADE,
  case_id VARCHAR(22) NOT NULL REFERENCES patient_case (id) ON DELETE CASCADE,
  PRIMARY KEY (binder_id, case_id)
);

-- The patient's own side: registration, password, invitation.
-- registration: none, forced, normal. undo: sealed account as it was before Register Patient, or ''.
CREATE TABLE account (
  binder_id VARCHAR(22) NOT NULL PRIMARY KEY REFERENCES binder (id) ON DELETE CASCADE,
  registration VARCHAR(10) NOT NULL,
  password_hash VARCHAR(200) NOT NULL,
  pepper_key BIGINT NOT NULL,
  temporary_expires BIGINT NOT NULL,
  password_set BIGINT NOT NULL,
  last_sign_in BIGINT NOT NULL,
  "undo" TEXT NOT NULL,
  invited SMALLINT NOT NULL,
  invitation_expires BIGINT NOT NULL,
  updated BIGINT NOT NULL
);

-- Open links of mails; a void or used link has no row. Only the hash of a token is here.
-- kind: invitation, verification, reset. origin: desk, outside.
CREATE TABLE link (
  token_hash VARCHAR(64) NOT NULL PRIMARY KEY,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  kind VARCHAR(12) NOT NULL,
  origin VARCHAR(8) NOT NULL,
  expires BIGINT NOT NULL,
  created BIGINT NOT NULL
);
CREATE INDEX link_binder ON link (binder_id, kind);
CREATE INDEX link_expires ON link (expires);

-- The lobby password of a binder: one at a time.
CREATE TABLE lobby (
  binder_id VARCHAR(22) NOT NULL PRIMARY KEY REFERENCES binder (id) ON DELETE CASCADE,
  id VARCHAR(22) NOT NULL UNIQUE,
  code_mac VARCHAR(64) NOT NULL,
  key_id BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  used BIGINT NOT NULL,
  made_by VARCHAR(200) NOT NULL,
  created BIGINT NOT NULL
);

-- The truth about sessions; shared memory holds copies. Only the hash of the cookie is here.
-- kind: patient, must_change, lobby. handle: random, opens nothing, named to other programs.
CREATE TABLE session (
  token_hash VARCHAR(64) NOT NULL PRIMARY KEY,
  handle VARCHAR(22) NOT NULL UNIQUE,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  kind VARCHAR(12) NOT NULL,
  lobby_id VARCHAR(22) NOT NULL,
  source VARCHAR(60) NOT NULL,
  created BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX session_binder ON session (binder_id, kind);
CREATE INDEX session_expires ON session (expires);

-- Failed attempts. account: keyed hash of the typed number ('' = a network's own row).
-- scope: signin, lobby, link. source: network or address.
CREATE TABLE throttle (
  scope VARCHAR(8) NOT NULL,
  account VARCHAR(64) NOT NULL,
  source VARCHAR(60) NOT NULL,
  failures BIGINT NOT NULL,
  last_failure BIGINT NOT NULL,
  PRIMARY KEY (scope, account, source)
);
CREATE INDEX throttle_age ON throttle (last_failure);

-- Values of the form field "once" that have been used.
CREATE TABLE once (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  created BIGINT NOT NULL
);

-- Every version of a form that was ever given out, by the hash of its content.
CREATE TABLE form_version (
  hash VARCHAR(64) NOT NULL PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  title VARCHAR(300) NOT NULL,
  source TEXT NOT NULL,
  created BIGINT NOT NULL
);

-- A form that a patient has to fill in for a case. state: open, submitted.
CREATE TABLE assignment (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  case_id VARCHAR(22) NOT NULL REFERENCES patient_case (id) ON DELETE CASCADE,
  form VARCHAR(100) NOT NULL,
  state VARCHAR(10) NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  created BIGINT NOT NULL,
  closed BIGINT NOT NULL
);
CREATE INDEX assignment_binder ON assignment (binder_id, state);
CREATE INDEX assignment_case ON assignment (case_id, form);

-- Answers while they are given, sealed. lobby_id '' = at home, else the lobby visit it belongs to.
-- saved_in: handle of the session in which it was last saved.
CREATE TABLE draft (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  assignment_id VARCHAR(22) NOT NULL REFERENCES assignment (id) ON DELETE CASCADE,
  lobby_id VARCHAR(22) NOT NULL,
  form_hash VARCHAR(64) NOT NULL REFERENCES form_version (hash),
  language VARCHAR(20) NOT NULL,
  sealed TEXT NOT NULL,
  version BIGINT NOT NULL,
  saved_in VARCHAR(22) NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  UNIQUE (assignment_id, lobby_id)
);

-- A submitted QuestionnaireResponse, sealed. made_in: portal, lobby.
CREATE TABLE response (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  assignment_id VARCHAR(22) NOT NULL REFERENCES assignment (id) ON DELETE CASCADE,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  case_id VARCHAR(22) NOT NULL,
  form_hash VARCHAR(64) NOT NULL REFERENCES form_version (hash),
  made_in VARCHAR(8) NOT NULL,
  language VARCHAR(20) NOT NULL,
  sealed TEXT NOT NULL,
  authored BIGINT NOT NULL,
  read_by VARCHAR(200) NOT NULL,
  read_at BIGINT NOT NULL
);
CREATE INDEX response_assignment ON response (assignment_id);
CREATE INDEX response_binder ON response (binder_id, authored);
CREATE INDEX response_new ON response (read_at, authored);

-- What was asked for at /register and /forgot and waits to be looked at; kind: register, forgot.
CREATE TABLE ask (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  kind VARCHAR(12) NOT NULL,
  sealed TEXT NOT NULL,
  created BIGINT NOT NULL
);
CREATE INDEX ask_created ON ask (created);

-- Mails waiting and mails sent; sealed holds recipient and message and is emptied when sent, and
-- when the link in it is dead. state: queued, sent, failed. reply: what the relay said; reason:
-- why it went wrong, in one word. link_hash: of the link that it carries, ''.
CREATE TABLE mail (
  id VARCHAR(22) NOT NULL PRIMARY KEY,
  binder_id VARCHAR(22) NOT NULL REFERENCES binder (id) ON DELETE CASCADE,
  kind VARCHAR(20) NOT NULL,
  origin VARCHAR(8) NOT NULL,
  sealed TEXT NOT NULL,
  state VARCHAR(8) NOT NULL,
  tries BIGINT NOT NULL,
  next_try BIGINT NOT NULL,
  claim VARCHAR(22) NOT NULL,
  claimed_until BIGINT NOT NULL,
  reply_code BIGINT NOT NULL,
  reply VARCHAR(400) NOT NULL,
  reason VARCHAR(12) NOT NULL,
  link_hash VARCHAR(64) NOT NULL,
  created BIGINT NOT NULL,
  finished BIGINT NOT NULL
);
CREATE INDEX mail_binder ON mail (binder_id, created);
CREATE INDEX mail_state ON mail (state, next_try);
CREATE INDEX mail_created ON mail (created, id);

-- Who did what to whom. Rows are only ever added; mac chains each row to the one before.
CREATE TABLE audit (
  seq BIGINT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  request VARCHAR(40) NOT NULL,
  actor_kind VARCHAR(10) NOT NULL,
  actor VARCHAR(200) NOT NULL,
  source VARCHAR(60) NOT NULL,
  action VARCHAR(40) NOT NULL,
  binder_id VARCHAR(22) NOT NULL,
  case_id VARCHAR(22) NOT NULL,
  result VARCHAR(40) NOT NULL,
  detail TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  mac VARCHAR(64) NOT NULL
);
CREATE INDEX audit_binder ON audit (binder_id, seq);
CREATE INDEX audit_at ON audit (at, seq);
-- The last row's number, and the link to it (core/audit.h), so that a cut tail shows.
CREATE TABLE audit_head (
  id BIGINT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  mac VARCHAR(64) NOT NULL
);

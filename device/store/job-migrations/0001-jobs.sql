-- Jobs, their inputs and the results of single items, in a file of their own: after a loss of power the key of
-- their files is gone anyway, so their commits need not wait for the disk.

CREATE TABLE job (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  report TEXT
) WITHOUT ROWID;

CREATE TABLE job_input (
  job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  vault TEXT,
  state TEXT NOT NULL,
  code TEXT,
  sentence BLOB,
  PRIMARY KEY (job, position)
) WITHOUT ROWID;

CREATE TABLE job_item (
  job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  input INTEGER NOT NULL,
  result BLOB NOT NULL,
  PRIMARY KEY (job, input)
) WITHOUT ROWID;

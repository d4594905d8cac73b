-- One file holds what the device must remember over a restart. Private content is sealed before it comes here.

CREATE TABLE outbox_epoch (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL);

-- The last number given, kept apart from the records: they go when acknowledged, the count must not.
CREATE TABLE outbox_stream (stream TEXT PRIMARY KEY, last_seq INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE outbox (
  stream TEXT NOT NULL,
  seq INTEGER NOT NULL,
  ts INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (stream, seq)
) WITHOUT ROWID;

CREATE TABLE alarm (id TEXT PRIMARY KEY, raised_at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE desired_state (id INTEGER PRIMARY KEY CHECK (id = 1), gen INTEGER NOT NULL, body TEXT NOT NULL);

CREATE TABLE install_step (
  id INTEGER PRIMARY KEY,
  gen INTEGER NOT NULL,
  model TEXT NOT NULL,
  step TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX install_step_by_model ON install_step (gen, model);

CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL);

-- Everything the fleet knows. Times are milliseconds since 1970. JSON columns hold documents that fit a
-- schema of contract/ and are never searched by their parts.

create table devices (
  id text primary key,
  name text not null,
  enrolled_at integer not null,
  last_seen_at integer,
  session text,
  offline_at integer,
  hello text,
  reported text,
  gen integer not null default 0,
  desired text not null default '[]'
) strict;

create table enrolment_tokens (
  hash text primary key,
  created_at integer not null,
  expires_at integer not null,
  used_at integer,
  device text
) strict;

-- One row a stream and outbox file: `upto` is the highest number below which nothing is missing.
create table streams (
  id integer primary key,
  device text not null references devices (id),
  stream text not null,
  epoch text not null,
  upto integer not null,
  events integer not null,
  rejected integer not null,
  last_at integer not null,
  unique (device, stream, epoch)
) strict;

-- The numbers that were counted. The contents are in the tables below; rows under `upto` may be pruned.
create table events (
  stream_id integer not null references streams (id),
  seq integer not null,
  at integer not null,
  received_at integer not null,
  primary key (stream_id, seq)
) strict, without rowid;

create index events_received on events (received_at);

create table telemetry_minutes (
  device text not null,
  series text not null,
  minute integer not null,
  count integer not null,
  min real not null,
  max real not null,
  mean real not null,
  primary key (device, series, minute)
) strict, without rowid;

create index telemetry_by_minute on telemetry_minutes (minute);

create table telemetry_last (
  device text not null,
  series text not null,
  unit text not null,
  last real not null,
  score real,
  at integer not null,
  primary key (device, series)
) strict, without rowid;

create table log_templates (
  device text not null,
  source text not null,
  template_id text not null,
  template text not null,
  level text not null,
  count integer not null,
  first_at integer not null,
  last_at integer not null,
  primary key (device, source, template_id)
) strict, without rowid;

create index log_templates_last on log_templates (last_at);

create table log_minutes (
  device text not null,
  minute integer not null,
  lines integer not null,
  unusual integer not null,
  primary key (device, minute)
) strict, without rowid;

create index log_by_minute on log_minutes (minute);

create table anomalies (
  device text not null,
  id text not null,
  at integer not null,
  body text not null,
  primary key (device, id)
) strict, without rowid;

create index anomalies_at on anomalies (at);

create table alarms (
  device text not null,
  id text not null,
  priority integer not null,
  raised_at integer not null,
  cleared_at integer,
  acknowledged_at integer,
  changed_at integer not null,
  body text not null,
  primary key (device, id)
) strict, without rowid;

create index alarms_raised on alarms (raised_at);
create index alarms_open on alarms (cleared_at, priority);

create table results (
  device text not null,
  job text not null,
  at integer not null,
  kind text not null,
  state text not null,
  body text not null,
  primary key (device, job)
) strict, without rowid;

create index results_at on results (at);

create table audit (
  id integer primary key,
  at integer not null,
  device text,
  actor text not null,
  action text not null,
  subject text not null,
  outcome text not null,
  detail text not null
) strict;

create index audit_at on audit (at);

create table models (
  name text not null,
  version text not null,
  published_at integer not null,
  size_bytes integer not null,
  manifest_sha256 text not null,
  signer text not null,
  manifest text not null,
  card text not null,
  primary key (name, version)
) strict;

create table model_files (
  name text not null,
  version text not null,
  path text not null,
  sha256 text not null,
  size integer not null,
  primary key (name, version, path),
  foreign key (name, version) references models (name, version)
) strict, without rowid;

create index model_files_sha256 on model_files (sha256);

create table rollouts (
  id text primary key,
  model text not null,
  version text not null,
  state text not null,
  sentence text not null,
  created_at integer not null,
  ended_at integer
) strict;

create index rollouts_created on rollouts (created_at);

create table rollout_devices (
  rollout text not null references rollouts (id),
  device text not null references devices (id),
  gen integer not null,
  state text not null,
  progress real not null,
  code text,
  reason text not null,
  previous_version text,
  at integer not null,
  primary key (rollout, device)
) strict, without rowid;

create index rollout_devices_by_device on rollout_devices (device, state);

create table rollout_timeline (
  id integer primary key,
  rollout text not null references rollouts (id),
  at integer not null,
  device text,
  sentence text not null
) strict;

create index rollout_timeline_rollout on rollout_timeline (rollout, id);

-- A request repeated with the same key is answered by what the first one made.
create table idempotency_keys (
  key text primary key,
  request text not null,
  rollout text not null,
  at integer not null
) strict;

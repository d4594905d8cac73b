-- TensorRT engines that devices built and the fleet hands on. `id` is the digest of what must be equal for a
-- device to get one; there is one engine an id. `envelope` is what the builder signed.

create table engines (
  id text primary key,
  statement_sha256 text not null,
  model text not null,
  version text not null,
  model_sha256 text not null,
  builder text not null,
  bytes integer not null,
  state text not null,
  offered_at integer not null,
  -- When the last piece came in or a device last took it: what has waited longest goes first.
  touched_at integer not null,
  used_at integer,
  taken integer not null default 0,
  envelope text not null
) strict;

create index engines_by_model on engines (model, touched_at);

create table engine_files (
  engine text not null references engines (id) on delete cascade,
  sha256 text not null,
  size integer not null,
  primary key (engine, sha256)
) strict, without rowid;

create index engine_files_sha256 on engine_files (sha256);

-- Engines that did not do on a device, so that the same bytes are not taken in again.
create table engine_faults (
  id text not null,
  statement_sha256 text not null,
  device text not null,
  at integer not null,
  code text not null,
  sentence text not null,
  primary key (id, statement_sha256)
) strict, without rowid;

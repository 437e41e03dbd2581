/** The tables of the first release that knows a database. */
import { type Kysely, sql } from 'kysely'

const TABLES = `
CREATE TABLE belplan.schema_version (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version integer NOT NULL,
  works_from integer NOT NULL
);
INSERT INTO belplan.schema_version (version, works_from) VALUES (1, 1);

CREATE TABLE belplan.controllers (
  name text PRIMARY KEY,
  run uuid NOT NULL,
  data uuid NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  version text NOT NULL,
  revision text,
  ready boolean NOT NULL DEFAULT false,
  ended_at timestamptz
);
CREATE UNLOGGED TABLE belplan.counts (
  controller text PRIMARY KEY,
  run uuid NOT NULL,
  mark text NOT NULL,
  limits text NOT NULL,
  turns text NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE belplan.claims (
  id text PRIMARY KEY,
  data uuid NOT NULL,
  controller text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE belplan.pending (
  id text PRIMARY KEY,
  data uuid NOT NULL,
  kind text NOT NULL,
  call text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pending_by_data ON belplan.pending (data);

CREATE TABLE belplan.contents (
  hash bytea PRIMARY KEY,
  body text NOT NULL
);
CREATE TABLE belplan.revisions (
  seq bigint PRIMARY KEY,
  revision text NOT NULL,
  parent bigint UNIQUE REFERENCES belplan.revisions,
  at timestamptz NOT NULL DEFAULT now(),
  what text NOT NULL,
  author text NOT NULL,
  controller text NOT NULL
);
CREATE INDEX revisions_by_revision ON belplan.revisions (revision);
CREATE TABLE belplan.changes (
  seq bigint NOT NULL REFERENCES belplan.revisions,
  part text NOT NULL CHECK (part IN ('document', 'tests')),
  name text NOT NULL,
  hash bytea REFERENCES belplan.contents,
  PRIMARY KEY (part, name, seq)
);
CREATE INDEX changes_by_seq ON belplan.changes (seq);
CREATE TABLE belplan.serving (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq bigint NOT NULL,
  pinned bigint REFERENCES belplan.revisions
);
INSERT INTO belplan.serving (seq) VALUES (0);

CREATE TABLE belplan.calls (
  day date NOT NULL,
  id text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  did text COLLATE "C" NOT NULL,
  caller text COLLATE "C" NOT NULL,
  name text NOT NULL,
  document text COLLATE "C",
  plan text,
  revision text,
  ending text,
  cause text,
  ring_ms integer,
  wait_ms integer,
  talk_ms integer,
  answered boolean,
  controller text NOT NULL,
  record json NOT NULL,
  PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE INDEX calls_by_time ON belplan.calls (day, at, id);
CREATE INDEX calls_by_number ON belplan.calls (did, at) INCLUDE (day);
CREATE INDEX calls_by_caller ON belplan.calls (caller, at);
CREATE INDEX calls_by_document ON belplan.calls (document, at) INCLUDE (day, plan, ending, wait_ms, talk_ms);
CREATE INDEX calls_missed ON belplan.calls (at) INCLUDE (day, document, plan, ending)
  WHERE ending NOT IN ('talked', 'transferred', 'limited');

CREATE TABLE belplan.journals (
  journal uuid PRIMARY KEY,
  controller text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  forgotten bigint NOT NULL DEFAULT 0
);
CREATE TABLE belplan.shipped (
  journal uuid NOT NULL REFERENCES belplan.journals ON DELETE CASCADE,
  day date NOT NULL,
  place bigint NOT NULL,
  PRIMARY KEY (journal, day)
);
CREATE TABLE belplan.forgetting (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq bigint NOT NULL
);
INSERT INTO belplan.forgetting (seq) VALUES (0);
CREATE TABLE belplan.forgotten (
  seq bigint PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  number text,
  country text,
  author text NOT NULL
);

CREATE VIEW belplan.ended_calls AS
  SELECT day, at, id, did, caller, name, document, plan, revision, ending, cause, ring_ms, wait_ms, talk_ms, answered, controller,
    ending NOT IN ('talked', 'transferred', 'limited') AS missed
  FROM belplan.calls;
CREATE VIEW belplan.asked_webhooks AS
  SELECT day, at, id, document, plan, step ->> 'step' AS step, (step ->> 'ms')::numeric AS ms, step ->> 'outcome' AS outcome,
    substring(step ->> 'url' FROM '^[a-z]+://[^/?#]+') AS origin, step ->> 'error' AS error
  FROM belplan.calls, json_array_elements(record -> 'steps') AS step
  WHERE step ->> 'type' = 'webhook';

CREATE TABLE belplan.event_holders (
  name text PRIMARY KEY,
  controller text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  steady_since timestamptz NOT NULL DEFAULT now(),
  copied_until timestamptz NOT NULL
);
CREATE TABLE belplan.events (
  id text PRIMARY KEY,
  call text NOT NULL,
  document text NOT NULL,
  webhook text NOT NULL,
  event text NOT NULL,
  place bigint NOT NULL,
  body text NOT NULL,
  tries integer NOT NULL,
  state smallint NOT NULL,
  due timestamptz NOT NULL,
  until timestamptz NOT NULL,
  since timestamptz NOT NULL,
  error text,
  holder text NOT NULL REFERENCES belplan.event_holders,
  held_at timestamptz NOT NULL DEFAULT now(),
  was text
);
CREATE INDEX events_by_holder ON belplan.events (holder, call, place, id) WHERE state < 2;
CREATE INDEX events_by_call ON belplan.events (call, webhook, place) WHERE state = 0;
CREATE INDEX events_by_time ON belplan.events (since) WHERE state < 2;
CREATE INDEX events_by_former_holder ON belplan.events (was, held_at) WHERE was IS NOT NULL;
CREATE INDEX events_told ON belplan.events (held_at) WHERE state = 2;
`

/**
 * Controllers have no right to make or drop tables: the owner's functions do it for them. A partition is made apart and then
 * attached, which stops nobody who reads or writes; each waits a second at most for those who do.
 */
const FUNCTIONS = `
CREATE FUNCTION belplan.make_partition(of_day date) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  part text := 'calls_' || to_char(of_day, 'YYYYMMDD');
BEGIN
  IF to_regclass('belplan.' || part) IS NOT NULL THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('belplan.calls'));
  -- What another session has made meanwhile is not in the cache of names yet.
  IF EXISTS (SELECT FROM pg_class WHERE relname = part AND relnamespace = 'belplan'::regnamespace) THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE belplan.%I (LIKE belplan.calls INCLUDING ALL)', part);
  EXECUTE format('ALTER TABLE belplan.calls ATTACH PARTITION belplan.%I FOR VALUES FROM (%L) TO (%L)', part, of_day, of_day + 1);
END $$;

CREATE FUNCTION belplan.drop_partitions(before date) RETURNS SETOF date
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  part text;
BEGIN
  -- One controller at a time.
  IF NOT pg_try_advisory_xact_lock(hashtext('belplan.calls')) THEN RETURN; END IF;
  FOR part IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'belplan.calls'::regclass AND c.relname < 'calls_' || to_char(before, 'YYYYMMDD')
    ORDER BY c.relname
  LOOP
    EXECUTE format('DROP TABLE belplan.%I', part);
    RETURN NEXT to_date(right(part, 8), 'YYYYMMDD');
  END LOOP;
END $$;

CREATE FUNCTION belplan.grant_controllers(to_role name) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA belplan TO %I', to_role);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA belplan TO %I', to_role);
  EXECUTE format('GRANT INSERT ON belplan.contents, belplan.revisions, belplan.changes TO %I', to_role);
  EXECUTE format('GRANT UPDATE (seq, pinned) ON belplan.serving TO %I', to_role);
  EXECUTE format('GRANT INSERT, UPDATE, DELETE ON belplan.controllers, belplan.events, belplan.event_holders, belplan.shipped TO %I', to_role);
  EXECUTE format('GRANT INSERT, UPDATE (did, caller, name, record) ON belplan.calls TO %I', to_role);
  EXECUTE format('GRANT INSERT, UPDATE ON belplan.journals TO %I', to_role);
  EXECUTE format('GRANT INSERT, UPDATE, DELETE ON belplan.counts, belplan.claims, belplan.pending TO %I', to_role);
  EXECUTE format('GRANT UPDATE (seq) ON belplan.forgetting TO %I', to_role);
  EXECUTE format('GRANT INSERT, UPDATE ON belplan.forgotten TO %I', to_role);
  EXECUTE format('GRANT EXECUTE ON FUNCTION belplan.make_partition(date), belplan.drop_partitions(date) TO %I', to_role);
END $$;

CREATE FUNCTION belplan.grant_reports(to_role name) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA belplan TO %I', to_role);
  EXECUTE format('GRANT SELECT ON belplan.calls, belplan.ended_calls, belplan.asked_webhooks TO %I', to_role);
END $$;

REVOKE ALL ON FUNCTION belplan.make_partition(date), belplan.drop_partitions(date),
  belplan.grant_controllers(name), belplan.grant_reports(name) FROM PUBLIC;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db)
  await sql.raw(FUNCTIONS).execute(db)
}

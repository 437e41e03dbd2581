/**
 * Records of old days are removed by how many days are kept, as the clock of the database has it, and a few at a time: a partition
 * takes some ten locks, of which PostgreSQL has room for some thousand.
 */
import { type Kysely, sql } from 'kysely'

const FUNCTIONS = `
-- The oldest of those before a day; nobody but the functions below calls it.
CREATE FUNCTION belplan.drop_oldest_partitions(before date, most integer) RETURNS SETOF date
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  part text;
BEGIN
  -- One controller at a time.
  IF NOT pg_try_advisory_xact_lock(hashtext('belplan.calls')) THEN RETURN; END IF;
  FOR part IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'belplan.calls'::regclass AND c.relname < 'calls_' || to_char(before, 'YYYYMMDD')
    ORDER BY c.relname LIMIT most
  LOOP
    EXECUTE format('DROP TABLE belplan.%I', part);
    RETURN NEXT to_date(right(part, 8), 'YYYYMMDD');
  END LOOP;
END $$;

CREATE FUNCTION belplan.drop_old_partitions(kept_days integer) RETURNS SETOF date
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
  IF kept_days IS NULL OR kept_days < 1 THEN
    RAISE EXCEPTION 'one day that is over is kept at least' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY SELECT * FROM belplan.drop_oldest_partitions((now() AT TIME ZONE 'UTC')::date - kept_days, 7);
END $$;

-- Controllers of the release before call it, with a day by their own clock. They ship nothing as long as it fails.
CREATE OR REPLACE FUNCTION belplan.drop_partitions(before date) RETURNS SETOF date
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
  -- They keep a day that is over at least: the caller's clock is wrong.
  IF before > (now() AT TIME ZONE 'UTC')::date - 1 THEN RETURN; END IF;
  -- One that is wrong by less does its harm slowly.
  RETURN QUERY SELECT * FROM belplan.drop_oldest_partitions(before, 1);
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'records of old days are not removed: %', SQLERRM;
END $$;

-- What controllers had before, and what is new.
ALTER FUNCTION belplan.grant_controllers(name) RENAME TO grant_controllers_1;
CREATE FUNCTION belplan.grant_controllers(to_role name) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM belplan.grant_controllers_1(to_role);
  EXECUTE format('GRANT EXECUTE ON FUNCTION belplan.drop_old_partitions(integer) TO %I', to_role);
END $$;

REVOKE ALL ON FUNCTION belplan.drop_oldest_partitions(date, integer), belplan.drop_old_partitions(integer),
  belplan.grant_controllers(name) FROM PUBLIC;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(FUNCTIONS).execute(db)
  await sql.raw('UPDATE belplan.schema_version SET version = 2').execute(db)
}

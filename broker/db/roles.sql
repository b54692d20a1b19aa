-- The roles of the broker on PostgreSQL. Run once by a superuser, in any database of the cluster; running it again
-- changes nothing. Then give each role that logs in a password of its own:
--   ALTER ROLE broker_owner PASSWORD '…';   ALTER ROLE broker_app PASSWORD '…';
--   CREATE DATABASE broker OWNER broker_owner ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'
--     TEMPLATE template0;
--
-- broker_owner       owns the tables; logs in for `migrate`, `backup` and `restore_drill` alone (MIGRATE_DATABASE_URL)
-- broker_app         web, worker and mail listener (DATABASE_URL)
-- broker_integrator  merges the log into its tree
-- broker_keeper      re-wraps, holds and shreds keys
-- broker_reader      reads the log for verification
-- What each may do to each table is granted by `migrate`, from the list in broker/db/grants.py.
DO $roles$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['broker_owner', 'broker_app', 'broker_integrator', 'broker_keeper', 'broker_reader'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I', name);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name);
  END LOOP;
END
$roles$;

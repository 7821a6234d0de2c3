-- What comes before the tables of schema 1, where migrate_postgres does not make it.
CREATE SCHEMA IF NOT EXISTS ringfence;
CREATE TABLE IF NOT EXISTS ringfence.meta (name text PRIMARY KEY, value bigint NOT NULL);
INSERT INTO ringfence.meta (name, value) VALUES ('schema', 0), ('usable_from', 0)
  ON CONFLICT (name) DO NOTHING;

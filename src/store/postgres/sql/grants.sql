-- What the role of the running program needs, and no more: it changes rows, never tables. Put the
-- role's name for ringfence_app.
GRANT USAGE ON SCHEMA ringfence TO ringfence_app;
GRANT SELECT ON ringfence.meta TO ringfence_app;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON ringfence.account, ringfence.address, ringfence.source, ringfence.audit, ringfence.message
  TO ringfence_app;

-- The tables of schema 1. Keys compare byte by byte: an index that follows a language's rules would
-- be wrong after an upgrade of those rules.
CREATE TABLE ringfence.account (
  realm       text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  version     bigint NOT NULL CHECK (version <> 0),
  kind        text NOT NULL,
  status      text NOT NULL,
  phone       text COLLATE "C",
  phone_state text NOT NULL,
  phone_login boolean NOT NULL,
  email       text COLLATE "C",
  email_state text NOT NULL,
  email_login boolean NOT NULL,
  created_at  bigint NOT NULL,
  record      text NOT NULL,
  PRIMARY KEY (realm, id)
) WITH (fillfactor = 80);
CREATE INDEX account_phone ON ringfence.account (realm, phone) WHERE phone_state = 'verified';
CREATE INDEX account_email ON ringfence.account (realm, email) WHERE email_state = 'verified';

CREATE TABLE ringfence.address (
  realm        text COLLATE "C" NOT NULL,
  address      text COLLATE "C" NOT NULL,
  version      bigint NOT NULL CHECK (version <> 0),
  holders      bigint NOT NULL,
  login_holder text NOT NULL,
  released_at  bigint NOT NULL,
  forget_at    bigint NOT NULL,
  record       text NOT NULL,
  PRIMARY KEY (realm, address)
) WITH (fillfactor = 80);
CREATE INDEX address_forget ON ringfence.address (forget_at) WHERE forget_at <> 0;

CREATE TABLE ringfence.source (
  realm     text COLLATE "C" NOT NULL,
  source    text COLLATE "C" NOT NULL,
  version   bigint NOT NULL CHECK (version <> 0),
  forget_at bigint NOT NULL,
  record    text NOT NULL,
  PRIMARY KEY (realm, source)
) WITH (fillfactor = 80);
CREATE INDEX source_forget ON ringfence.source (forget_at) WHERE forget_at <> 0;

CREATE TABLE ringfence.audit (
  realm   text COLLATE "C" NOT NULL,
  account text COLLATE "C" NOT NULL,
  number  bigint NOT NULL,
  version bigint NOT NULL CHECK (version <> 0),
  at      bigint NOT NULL,
  event   text NOT NULL,
  record  text NOT NULL,
  PRIMARY KEY (realm, account, number)
);

-- `part` is the first hexadecimal digit of the id, by which the outbox is shared out; `place` the
-- place of the message in its change set.
CREATE TABLE ringfence.message (
  realm      text COLLATE "C" NOT NULL,
  account    text COLLATE "C" NOT NULL,
  id         text COLLATE "C" NOT NULL,
  part       integer NOT NULL,
  place      integer NOT NULL,
  kind       text NOT NULL,
  purpose    text NOT NULL,
  state      text NOT NULL,
  created_at bigint NOT NULL,
  due_at     bigint NOT NULL,
  attempts   bigint NOT NULL,
  outcome    text NOT NULL,
  record     text NOT NULL,
  PRIMARY KEY (realm, account, id)
) WITH (fillfactor = 80);
CREATE INDEX message_due ON ringfence.message (due_at, created_at, place, part)
  WHERE state = 'pending';
CREATE INDEX message_ended ON ringfence.message (created_at) WHERE state <> 'pending';

UPDATE ringfence.meta SET value = 1 WHERE name IN ('schema', 'usable_from');

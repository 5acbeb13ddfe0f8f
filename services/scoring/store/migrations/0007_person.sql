-- Who is one person, what other systems call them, and what is left to clean after an erase.

-- Customer ids that became other names of a person. Events stay with the id they were recorded for.
CREATE TABLE merges (
  workspace TEXT NOT NULL,
  merged TEXT NOT NULL,
  survivor TEXT NOT NULL,            -- as it was asked for; it may be merged itself
  person TEXT NOT NULL,              -- where the survivors lead to in the end
  create_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, merged)
);
CREATE INDEX merges_by_person ON merges (workspace, person, merged);

-- What each id of a merged person has by itself. The row in customers is the person's.
CREATE TABLE members (
  workspace TEXT NOT NULL,
  customer TEXT NOT NULL,
  first_occurred_micros BIGINT NOT NULL,
  last_occurred_micros BIGINT NOT NULL,
  summary TEXT NOT NULL,             -- EncodeSummary of the id's own events
  PRIMARY KEY (workspace, customer)
);

-- The ledger_revision right after the latest merge or split; 0: there was none.
ALTER TABLE customers ADD COLUMN merge_revision BIGINT NOT NULL DEFAULT 0;

CREATE TABLE external_ids (
  workspace TEXT NOT NULL,
  external_id TEXT NOT NULL,         -- system:id; a system has no ':'
  customer TEXT NOT NULL,            -- as it was given; it may be merged
  create_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, external_id)
);
CREATE INDEX external_ids_by_customer ON external_ids (workspace, customer, external_id);

CREATE INDEX referrals_by_referrer ON referrals (workspace, referrer, customer);

-- Whom the requests kept in request_ids were about, so that an erase finds them.
CREATE TABLE request_customers (
  workspace TEXT NOT NULL,
  customer TEXT NOT NULL,
  id TEXT NOT NULL,
  create_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, customer, id)
);
CREATE INDEX request_customers_by_time ON request_customers (create_micros);

-- Every erase, without whom. CLEANING: the log and the caches are still to be cleaned.
CREATE TABLE erasures (
  workspace TEXT NOT NULL,
  erasure BIGINT NOT NULL,           -- from 1 without holes
  state TEXT NOT NULL,               -- CLEANING, DONE
  customer_count BIGINT NOT NULL,
  event_count BIGINT NOT NULL,
  create_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, erasure)
);

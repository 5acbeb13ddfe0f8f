-- The ledger: append-only events, and what is derived from them in the same transaction.

CREATE TABLE events (
  workspace TEXT NOT NULL,
  customer TEXT NOT NULL,
  source TEXT NOT NULL,
  event_id TEXT NOT NULL,
  ledger_revision BIGINT NOT NULL,   -- of the customer, from 1 without holes
  kind TEXT NOT NULL,                -- PURCHASE, SUBSCRIPTION_START, ...
  occurred_micros BIGINT NOT NULL,
  day BIGINT NOT NULL,               -- since 1970-01-01, in the workspace's time zone
  amount_micros BIGINT,              -- NULL for kinds without money
  content_hash TEXT NOT NULL,        -- tells a repeated event from one that reuses an id
  payload TEXT NOT NULL,             -- proto JSON
  recorded_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, customer, source, event_id)
);

-- One row per customer with at least one event.
CREATE TABLE customers (
  workspace TEXT NOT NULL,
  customer TEXT NOT NULL,
  ledger_revision BIGINT NOT NULL,   -- number of events
  first_occurred_micros BIGINT NOT NULL,
  last_occurred_micros BIGINT NOT NULL,
  change_sequence BIGINT NOT NULL,   -- of the last batch that touched the customer
  summary TEXT NOT NULL,             -- EncodeSummary of all events
  PRIMARY KEY (workspace, customer)
);
CREATE INDEX customers_by_change ON customers (workspace, change_sequence, customer);

-- REFERRAL events by the customer who came; the event itself belongs to the referrer.
CREATE TABLE referrals (
  workspace TEXT NOT NULL,
  customer TEXT NOT NULL,            -- the one who came
  referrer TEXT NOT NULL,
  source TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,                -- ONE, TWO
  occurred_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, customer, referrer, source, event_id)
);

-- Totals of a workspace's ledger, one row per workspace with events.
CREATE TABLE ledger_totals (
  workspace TEXT NOT NULL,
  customer_count BIGINT NOT NULL,
  event_count BIGINT NOT NULL,
  first_day BIGINT NOT NULL,
  last_day BIGINT NOT NULL,
  purchase_count BIGINT NOT NULL,
  purchase_amount_micros BIGINT NOT NULL,  -- stays at the largest BIGINT once it would exceed it
  referral_count BIGINT NOT NULL,
  change_sequence BIGINT NOT NULL,         -- +1 per batch that changed something
  PRIMARY KEY (workspace)
);

-- Durable cursors of imports, moved in the transaction that stores the batch.
CREATE TABLE imports (
  workspace TEXT NOT NULL,
  import_id TEXT NOT NULL,
  durable_batch_number BIGINT NOT NULL,
  accepted_count BIGINT NOT NULL,
  duplicate_count BIGINT NOT NULL,
  rejected_count BIGINT NOT NULL,
  created_micros BIGINT NOT NULL,
  changed_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, import_id)
);

-- What a batch was answered, so that a repeated one gets the same counts.
CREATE TABLE import_batches (
  workspace TEXT NOT NULL,
  import_id TEXT NOT NULL,
  batch_number BIGINT NOT NULL,
  accepted_count BIGINT NOT NULL,
  duplicate_count BIGINT NOT NULL,
  rejected_count BIGINT NOT NULL,
  PRIMARY KEY (workspace, import_id, batch_number)
);

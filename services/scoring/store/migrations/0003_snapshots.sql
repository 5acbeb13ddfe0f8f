-- All scores of a workspace as of one day, under one set of versions.

CREATE TABLE snapshots (
  workspace TEXT NOT NULL,
  snapshot BIGINT NOT NULL,          -- from 1, in the order in which they were begun
  state TEXT NOT NULL,               -- BUILDING, COMPLETE, EXPIRED (its rows are being deleted)
  as_of_day BIGINT NOT NULL,         -- days since 1970-01-01
  follows_today BIGINT NOT NULL,     -- 1: as_of_day was the day on which it was begun
  model_version BIGINT NOT NULL,
  policy_version BIGINT NOT NULL,
  reference_version BIGINT NOT NULL,
  change_sequence BIGINT NOT NULL,   -- of the ledger before the first row was read
  customer_count BIGINT NOT NULL,
  complete_micros BIGINT NOT NULL,   -- 0 until COMPLETE
  PRIMARY KEY (workspace, snapshot)
);

CREATE TABLE snapshot_scores (
  workspace TEXT NOT NULL,
  snapshot BIGINT NOT NULL,
  customer TEXT NOT NULL,
  state BIGINT NOT NULL,             -- ScoreState
  class BIGINT NOT NULL,             -- CustomerClass
  realised DOUBLE PRECISION NOT NULL,
  expected DOUBLE PRECISION,
  value_score DOUBLE PRECISION,
  match_score DOUBLE PRECISION,
  match_coverage DOUBLE PRECISION NOT NULL,
  alive DOUBLE PRECISION,
  at_stake DOUBLE PRECISION,
  expected_purchases DOUBLE PRECISION,
  attributes TEXT NOT NULL,          -- EncodeAttributes
  PRIMARY KEY (workspace, snapshot, customer)
);

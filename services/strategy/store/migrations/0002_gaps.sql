-- Gaps found beside a published plan; see gap_store.h.
CREATE TABLE gaps (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  id TEXT NOT NULL,
  version BIGINT NOT NULL,        -- the version it was opened on
  sequence BIGINT NOT NULL,       -- its place among the gaps of the plan, from 1
  kpi TEXT NOT NULL,
  org_unit TEXT NOT NULL,         -- empty: the KPI as a whole
  origin TEXT NOT NULL,           -- MANUAL, PERFORMANCE
  state TEXT NOT NULL,            -- OPEN, CLOSED
  reason TEXT NOT NULL,
  expected DOUBLE PRECISION NOT NULL,
  actual DOUBLE PRECISION NOT NULL,
  amount DOUBLE PRECISION NOT NULL,
  opening_number BIGINT NOT NULL,
  open_time BIGINT NOT NULL,
  close_time BIGINT,              -- NULL: open
  close_reason TEXT NOT NULL,
  PRIMARY KEY (workspace, plan, id)
);
CREATE UNIQUE INDEX gaps_by_opening ON gaps (workspace, plan, kpi, org_unit, opening_number);
CREATE INDEX gaps_by_time ON gaps (workspace, open_time, plan, sequence);
CREATE INDEX gaps_by_state ON gaps (state);

CREATE TABLE gap_evidence (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  gap TEXT NOT NULL,
  as_of TEXT NOT NULL,            -- YYYY-MM-DD
  reason TEXT NOT NULL,
  forecast DOUBLE PRECISION,
  floor DOUBLE PRECISION,
  target DOUBLE PRECISION,
  actual_to_date DOUBLE PRECISION,
  score DOUBLE PRECISION,
  record_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, plan, gap, as_of)
);

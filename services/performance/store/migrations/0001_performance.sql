-- Published plan versions that performance has bound, for ever: evaluations name the version.
CREATE TABLE plan_versions (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  version BIGINT NOT NULL,
  payload TEXT NOT NULL,          -- the publication as text; only rpc/ looks into it
  bind_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, plan, version)
);

-- What a version measures: a row per KPI (unit '') and per cell of a unit. Observations belong to a
-- series, which is named by the plan version it began with.
CREATE TABLE bindings (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  version BIGINT NOT NULL,
  kpi TEXT NOT NULL,
  unit TEXT NOT NULL,
  series BIGINT NOT NULL,
  measure TEXT NOT NULL,          -- these four break the series when they change
  polarity TEXT NOT NULL,
  aggregation TEXT NOT NULL,
  formula TEXT NOT NULL,
  PRIMARY KEY (workspace, plan, version, kpi, unit)
);

-- Append-only; the highest revision of a period counts.
CREATE TABLE observations (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  kpi TEXT NOT NULL,
  unit TEXT NOT NULL,
  period TEXT NOT NULL,           -- its canonical text, which the next three columns spell out
  revision BIGINT NOT NULL,
  frequency TEXT NOT NULL,
  fiscal_year BIGINT NOT NULL,
  period_index BIGINT NOT NULL,
  series BIGINT NOT NULL,
  value DOUBLE PRECISION,
  numerator DOUBLE PRECISION,
  denominator DOUBLE PRECISION,
  target_to_date DOUBLE PRECISION,
  source TEXT NOT NULL,
  scoring_versions TEXT NOT NULL,
  record_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, plan, kpi, unit, period, revision)
);

-- How a series is read; append-only as well, so that an old report stays what it was.
CREATE TABLE series_settings (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  kpi TEXT NOT NULL,
  unit TEXT NOT NULL,
  revision BIGINT NOT NULL,
  series BIGINT NOT NULL,
  ratio_scale DOUBLE PRECISION,   -- NULL: not set
  phased_targets TEXT NOT NULL,   -- numbers with a space between; '': not set
  record_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, plan, kpi, unit, revision)
);

-- Whether the KPI has an open gap, and the last breach reported.
CREATE TABLE gap_states (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  kpi TEXT NOT NULL,
  unit TEXT NOT NULL,
  is_open BIGINT NOT NULL,
  opening_count BIGINT NOT NULL,
  frequency TEXT NOT NULL,        -- '': nothing was reported yet, and the rest means nothing
  fiscal_year BIGINT NOT NULL,
  period_index BIGINT NOT NULL,
  reason TEXT NOT NULL,
  actual_to_date DOUBLE PRECISION,
  target_to_date DOUBLE PRECISION,
  gap DOUBLE PRECISION,
  score DOUBLE PRECISION,
  previous_score DOUBLE PRECISION,
  forecast DOUBLE PRECISION,
  year_target DOUBLE PRECISION,
  floor DOUBLE PRECISION,
  PRIMARY KEY (workspace, plan, kpi, unit)
);

-- What strategy calls the gaps that performance opened there.
CREATE TABLE gap_names (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  kpi TEXT NOT NULL,
  unit TEXT NOT NULL,
  opening_number BIGINT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (workspace, plan, kpi, unit, opening_number)
);

-- How far another service has been followed; workspace '-' where one stream serves all.
CREATE TABLE follow_cursors (
  workspace TEXT NOT NULL,
  service TEXT NOT NULL,
  cursor TEXT NOT NULL,
  position TEXT NOT NULL,         -- the same for people: the name of what came last
  PRIMARY KEY (workspace, service)
);

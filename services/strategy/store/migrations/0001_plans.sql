-- Plans, their versions, what was published of them and in which order; see plan_store.h.
CREATE TABLE plans (
  workspace TEXT NOT NULL,
  id TEXT NOT NULL,
  newest_version BIGINT NOT NULL,
  revision BIGINT NOT NULL,       -- of the plan's last write; every write of a version takes the next
  gap_count BIGINT NOT NULL,      -- gaps ever opened, for their order
  create_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, id)
);

CREATE TABLE plan_versions (
  workspace TEXT NOT NULL,
  plan TEXT NOT NULL,
  version BIGINT NOT NULL,        -- from 1, without a hole
  state TEXT NOT NULL,            -- DRAFT, IN_DECODE, VALIDATED, PUBLISHED, SUPERSEDED, ARCHIVED
  revision BIGINT NOT NULL,
  parent_version BIGINT NOT NULL, -- 0: none
  source TEXT NOT NULL,           -- byte for byte as it was imported
  file_name TEXT NOT NULL,        -- for the places of findings; never opened
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL,
  fiscal_year BIGINT NOT NULL,
  fingerprint TEXT NOT NULL,
  error_count BIGINT NOT NULL,
  warning_count BIGINT NOT NULL,
  direction_count BIGINT NOT NULL,
  csf_count BIGINT NOT NULL,
  kpi_count BIGINT NOT NULL,
  key_task_count BIGINT NOT NULL,
  org_unit_count BIGINT NOT NULL,
  person_count BIGINT NOT NULL,
  gap_count BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  publish_time BIGINT,            -- NULL: not published
  PRIMARY KEY (workspace, plan, version)
);

CREATE TABLE publications (
  workspace TEXT NOT NULL,
  sequence BIGINT NOT NULL,       -- one row of numbers over all workspaces, in the order of commits
  plan TEXT NOT NULL,
  version BIGINT NOT NULL,
  payload TEXT NOT NULL,          -- the message the followers get, as proto JSON
  publish_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, sequence)
);
CREATE UNIQUE INDEX publications_by_version ON publications (workspace, plan, version);
CREATE INDEX publications_by_sequence ON publications (sequence);

-- The one feed of publications: its epoch tells a cursor of this database from one of another.
CREATE TABLE publication_feed (
  workspace TEXT NOT NULL,        -- always '-'
  epoch TEXT NOT NULL,
  sequence BIGINT NOT NULL,       -- of the last publication; 0: none yet
  PRIMARY KEY (workspace)
);

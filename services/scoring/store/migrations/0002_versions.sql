-- What a score is computed with beside the ledger: versions that never change, and which are active.

CREATE TABLE models (
  workspace TEXT NOT NULL,
  version BIGINT NOT NULL,           -- from 1 without holes
  payload TEXT NOT NULL,             -- proto JSON
  create_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, version)
);

-- Every activation, for ever: who was active when.
CREATE TABLE model_activations (
  workspace TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  model_version BIGINT NOT NULL,
  activate_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, sequence)
);

CREATE TABLE policies (
  workspace TEXT NOT NULL,
  version BIGINT NOT NULL,           -- from 1 without holes; 0 is the built-in one, which is no row
  plan_version TEXT NOT NULL,        -- the publication it comes from
  payload TEXT NOT NULL,             -- proto JSON
  create_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, version),
  UNIQUE (workspace, plan_version)
);

-- Reference distributions of expected value: taken once per policy, then frozen.
CREATE TABLE value_references (
  workspace TEXT NOT NULL,
  version BIGINT NOT NULL,           -- from 1 without holes
  policy_version BIGINT NOT NULL,
  payload TEXT NOT NULL,
  create_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, version),
  UNIQUE (workspace, policy_version)
);

CREATE TABLE active_versions (
  workspace TEXT NOT NULL,
  model_version BIGINT NOT NULL,     -- 0: none
  policy_version BIGINT NOT NULL,    -- 0: the built-in one
  reference_version BIGINT NOT NULL, -- 0: none
  sequence BIGINT NOT NULL,          -- +1 per change of any of them
  PRIMARY KEY (workspace)
);

-- How far the streams of other services were followed.
CREATE TABLE follow_cursors (
  stream TEXT NOT NULL,
  cursor_text TEXT NOT NULL,
  PRIMARY KEY (stream)
);

-- Long work (fits, rescores, imports), one row per job; see common/sql/job_store.h.
CREATE TABLE jobs (
  workspace TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,            -- QUEUED, RUNNING, SUCCEEDED, FAILED
  done_count BIGINT NOT NULL,     -- progress, in units of the kind's choice
  total_count BIGINT NOT NULL,    -- 0: not known yet
  message TEXT NOT NULL,
  result TEXT NOT NULL,
  error TEXT NOT NULL,            -- why it failed, or why the last attempt did
  error_code BIGINT NOT NULL,     -- absl::StatusCode
  attempt BIGINT NOT NULL,        -- of the claim that holds it; fences every write
  owner TEXT NOT NULL,
  lease_time BIGINT NOT NULL,     -- RUNNING: until when; QUEUED: not before
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX jobs_by_state ON jobs (state, kind, lease_time);

-- Messages to send once their transaction is committed; see common/sql/outbox.h.
CREATE TABLE outbox (
  workspace TEXT NOT NULL,
  topic TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,            -- WAITING, DEAD (refused for good, kept for a person to look at)
  attempt BIGINT NOT NULL,
  next_time BIGINT NOT NULL,      -- not to be tried before
  error TEXT NOT NULL,
  create_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, topic, sequence)
);
CREATE INDEX outbox_by_state ON outbox (state, topic, workspace, sequence);

-- Sequences that never go back, whatever is deleted.
CREATE TABLE counters (
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (workspace, name)
);

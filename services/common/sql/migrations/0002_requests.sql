-- Answers of mutations that carried a request_id, kept 7 days; see common/sql/request_ids.h.
CREATE TABLE request_ids (
  workspace TEXT NOT NULL,
  id TEXT NOT NULL,
  method TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  response TEXT NOT NULL,
  create_time BIGINT NOT NULL,
  PRIMARY KEY (workspace, id)
);
CREATE INDEX request_ids_by_time ON request_ids (create_time);

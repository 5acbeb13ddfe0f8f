-- Segmentations: named sets of predicates over customers.

CREATE TABLE segmentations (
  workspace TEXT NOT NULL,
  segmentation TEXT NOT NULL,
  revision BIGINT NOT NULL,          -- from 1, +1 per update
  payload TEXT NOT NULL,             -- proto JSON
  create_micros BIGINT NOT NULL,
  update_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, segmentation)
);

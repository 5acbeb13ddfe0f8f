CREATE TABLE workspaces (
  workspace TEXT NOT NULL PRIMARY KEY,
  currency TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  fiscal_start_month BIGINT NOT NULL,
  create_micros BIGINT NOT NULL
);

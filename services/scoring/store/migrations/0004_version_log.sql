-- Which versions scores were computed with, and from when on: one row per change of active_versions.

CREATE TABLE version_activations (
  workspace TEXT NOT NULL,
  sequence BIGINT NOT NULL,          -- of active_versions; below 0: told from the tables before it
  model_version BIGINT NOT NULL,
  policy_version BIGINT NOT NULL,
  reference_version BIGINT NOT NULL,
  activate_micros BIGINT NOT NULL,
  PRIMARY KEY (workspace, sequence)
);

-- Databases from before this table: a policy and a reference were active from when they were made.
INSERT INTO version_activations
  (workspace, sequence, model_version, policy_version, reference_version, activate_micros)
SELECT t.workspace, t.micros - 9000000000000000,
  COALESCE((SELECT a.model_version FROM model_activations a
            WHERE a.workspace = t.workspace AND a.activate_micros <= t.micros
            ORDER BY a.sequence DESC LIMIT 1), 0),
  COALESCE((SELECT MAX(p.version) FROM policies p
            WHERE p.workspace = t.workspace AND p.create_micros <= t.micros), 0),
  COALESCE((SELECT MAX(r.version) FROM value_references r
            WHERE r.workspace = t.workspace AND r.create_micros <= t.micros
              AND r.policy_version = COALESCE((SELECT MAX(q.version) FROM policies q
                  WHERE q.workspace = t.workspace AND q.create_micros <= t.micros), 0)), 0),
  t.micros
FROM (SELECT workspace, activate_micros AS micros FROM model_activations
      UNION SELECT workspace, create_micros FROM policies
      UNION SELECT workspace, create_micros FROM value_references) t;

// What a score is computed with beside the ledger: versions of models, policies and reference
// distributions. A version never changes; which of them are active is kept per workspace, with a
// sequence that counts the changes.
//
// The store does not look into payloads. Thread-safe; calls block on the database, whose errors
// (UNAVAILABLE, RESOURCE_EXHAUSTED, ...) every function may return beside those named.
#ifndef VALUELOOP_SCORING_STORE_VERSION_STORE_H_
#define VALUELOOP_SCORING_STORE_VERSION_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/sql/database.h"

namespace valueloop::scoring {

struct ActiveVersions {
  int64_t model = 0;      // 0: none.
  int64_t policy = 0;     // 0: the built-in one.
  int64_t reference = 0;  // 0: not taken yet.
  int64_t sequence = 0;   // +1 per change of any of them.
  friend bool operator==(const ActiveVersions&, const ActiveVersions&) = default;
};

// Active from `activate_micros` (UTC) until the next one.
struct VersionActivation {
  ActiveVersions versions;
  int64_t activate_micros = 0;
  friend bool operator==(const VersionActivation&, const VersionActivation&) = default;
};

struct StoredModel {
  int64_t version = 0;
  std::string payload;
  int64_t create_micros = 0;
  std::optional<int64_t> activate_micros;  // The latest activation; unset: never active.
  bool active = false;
};

struct StoredPolicy {
  int64_t version = 0;
  std::string plan_version;
  std::string payload;
};

struct StoredReference {
  int64_t version = 0;
  int64_t policy_version = 0;
  std::string payload;
};

// Is told after a change is durable and before its writer is answered, on the thread that writes:
// OnVersionsChanged must be short and must not call the store.
class VersionListener {
 public:
  virtual ~VersionListener() = default;
  virtual void OnVersionsChanged(const std::string& workspace, const ActiveVersions& active) = 0;
};

class VersionStore {
 public:
  // `database` has LedgerMigrations(); it and `clock` outlive the store.
  VersionStore(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // `listener` outlives the store. Before the first change only.
  void AddListener(VersionListener* listener) { listeners_.push_back(listener); }

  // All zero for a workspace where nothing was ever activated.
  absl::StatusOr<ActiveVersions> GetActive(std::string_view workspace);

  // Every change of the active versions, in order; before the first all were 0.
  absl::StatusOr<std::vector<VersionActivation>> ListActivations(std::string_view workspace);

  // Keeps a model as the next version. With a `request_id` the call may be repeated: the same
  // payload gives the same version, another one is INVALID_ARGUMENT.
  absl::StatusOr<int64_t> CreateModel(std::string_view workspace, std::string_view payload,
                                      std::string_view request_id);
  // The same inside a write, without a request id; for jobs.
  absl::StatusOr<int64_t> CreateModel(sql::Session& session, std::string_view workspace,
                                      std::string_view payload);

  // NOT_FOUND if there is no such version.
  absl::StatusOr<StoredModel> GetModel(std::string_view workspace, int64_t version);

  // Newest first, those below `before_version`.
  absl::StatusOr<std::vector<StoredModel>> ListModels(std::string_view workspace,
                                                      int64_t before_version, int limit);

  // Makes `version` the active model; nothing happens if it is. NOT_FOUND as above.
  absl::StatusOr<ActiveVersions> ActivateModel(std::string_view workspace, int64_t version);

  // Makes the policy of a publication the active one, keeping it as the next version if it is new,
  // and with it the reference that was taken for it, if any. In the same write `cursor` becomes
  // that of `stream`.
  absl::StatusOr<ActiveVersions> ApplyPolicy(std::string_view workspace,
                                             std::string_view plan_version,
                                             std::string_view payload, std::string_view stream,
                                             std::string_view cursor);

  // NOT_FOUND if there is no such version; 0 is never found.
  absl::StatusOr<StoredPolicy> GetPolicy(std::string_view workspace, int64_t version);

  // The policy of a publication, and the reference that was taken for it; 0: none was. NOT_FOUND if
  // the publication was not followed (yet), or brought no policy.
  struct PolicyOfPlan {
    int64_t policy = 0;
    int64_t reference = 0;
  };
  absl::StatusOr<PolicyOfPlan> FindPolicy(std::string_view workspace,
                                          std::string_view plan_version);

  // Keeps the reference distribution of a policy, unless it has one; the one that counts becomes
  // active if its policy is. Whoever comes first wins, in one write.
  absl::StatusOr<ActiveVersions> TakeReference(std::string_view workspace, int64_t policy_version,
                                               std::string_view payload);

  // NOT_FOUND if there is no such version.
  absl::StatusOr<StoredReference> GetReference(std::string_view workspace, int64_t version);

  // Empty if nothing of the stream was followed yet.
  absl::StatusOr<std::string> GetCursor(std::string_view stream);
  absl::Status SaveCursor(std::string_view stream, std::string_view cursor);

 private:
  absl::StatusOr<ActiveVersions> SetActive(sql::Session& session, std::string_view workspace,
                                           ActiveVersions active);

  sql::Database& database_;
  const Clock& clock_;
  std::vector<VersionListener*> listeners_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_VERSION_STORE_H_

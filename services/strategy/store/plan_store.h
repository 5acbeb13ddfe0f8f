// Where plans are kept: their versions, and what was published of them in which order.
#ifndef VALUELOOP_STRATEGY_STORE_PLAN_STORE_H_
#define VALUELOOP_STRATEGY_STORE_PLAN_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "strategy/store/publication_signal.h"
#include "strategy/store/request_key.h"

namespace valueloop::strategy {

// DRAFT -> IN_DECODE -> VALIDATED -> PUBLISHED -> SUPERSEDED | ARCHIVED (METHODS D1). From
// PUBLISHED on a version never changes but for this state.
enum class PlanState { kDraft, kInDecode, kValidated, kPublished, kSuperseded, kArchived };

// DRAFT, IN_DECODE and so on. Parsing fails with DATA_LOSS: only a database holds them as text.
std::string_view PlanStateName(PlanState state);
absl::StatusOr<PlanState> ParsePlanState(std::string_view name);

// True for a version that is, or once was, published.
bool WasPublished(PlanState state);

// What the compiler says of a source.
struct PlanFacts {
  std::string name_zh;
  std::string name_en;
  int fiscal_year = 0;
  std::string fingerprint;
  int error_count = 0;
  int warning_count = 0;
  int direction_count = 0;
  int csf_count = 0;
  int kpi_count = 0;
  int key_task_count = 0;
  int org_unit_count = 0;
  int person_count = 0;
  int gap_count = 0;

  friend bool operator==(const PlanFacts&, const PlanFacts&) = default;
};

struct PlanVersion {
  std::string workspace;
  std::string plan;
  int64_t version = 0;
  PlanState state = PlanState::kDraft;
  // Grows with every write of any version of the plan, so that no two versions ever share one.
  int64_t revision = 0;
  int64_t parent_version = 0;  // 0: none.
  PlanFacts facts;
  int64_t create_time = 0;  // UTC micros, as the next two.
  int64_t update_time = 0;
  std::optional<int64_t> publish_time;

  friend bool operator==(const PlanVersion&, const PlanVersion&) = default;
};

struct PlanSource {
  PlanVersion version;
  std::string text;  // Byte for byte as it was imported.
  std::string file_name;
};

struct PlanImport {
  std::string workspace;
  std::string plan;
  std::string source;  // Valid UTF-8 without NUL.
  std::string file_name;
  PlanFacts facts;
  std::optional<int64_t> revision;  // Of the newest version, as the caller read it; unset: any.
  int64_t now = 0;                  // UTC micros.
};

struct StoredPublication {
  int64_t sequence = 0;  // From 1, rising over all workspaces in the order of commits.
  std::string workspace;
  std::string plan;
  int64_t version = 0;
  std::string payload;
};

// Thread-safe. Everything acknowledged is on disk. Errors beside those named: those of
// common/sql/database.h.
class PlanStore {
 public:
  virtual ~PlanStore() = default;

  // Keeps a source as the plan's newest version: the first one is DRAFT, an unpublished one is
  // replaced and becomes IN_DECODE, after a published one version n + 1 begins as DRAFT. The same
  // bytes for an unpublished version change nothing. ABORTED if `revision` is not the newest
  // version's.
  virtual absl::StatusOr<PlanVersion> Import(const PlanImport& import,
                                             const RequestKey& request) = 0;

  // Makes an unpublished version VALIDATED, with facts that may come from a newer compiler; a
  // published one stays as it is. ABORTED if it was written since `read` was read.
  virtual absl::StatusOr<PlanVersion> MarkValidated(const PlanVersion& read, const PlanFacts& facts,
                                                    int64_t now) = 0;

  // Publishes a version with what its followers are told, and supersedes the plan's published one.
  // A PUBLISHED version is returned as it is. ABORTED if it was written since `read` was read;
  // FAILED_PRECONDITION (STATE_TRANSITION) if a later version was published before.
  virtual absl::StatusOr<PlanVersion> Publish(const PlanVersion& read, const PlanFacts& facts,
                                              std::string_view payload, int64_t now,
                                              const RequestKey& request) = 0;

  // The version that an earlier call with this request id wrote; empty if there was none.
  // INVALID_ARGUMENT if that call had another body.
  virtual absl::StatusOr<std::optional<PlanVersion>> FindRequest(std::string_view workspace,
                                                                 const RequestKey& request) = 0;

  // Version 0 is the newest. NOT_FOUND if there is none.
  virtual absl::StatusOr<PlanVersion> Get(std::string_view workspace, std::string_view plan,
                                          int64_t version) = 0;
  virtual absl::StatusOr<PlanSource> GetSource(std::string_view workspace, std::string_view plan,
                                               int64_t version) = 0;

  // Newest versions of the plans whose id is after `after`, by id.
  virtual absl::StatusOr<std::vector<PlanVersion>> List(std::string_view workspace,
                                                        std::string_view after, int limit) = 0;

  // Version 0 is the last published one. NOT_FOUND if that version was never published.
  virtual absl::StatusOr<StoredPublication> GetPublication(std::string_view workspace,
                                                           std::string_view plan,
                                                           int64_t version) = 0;

  // Publications after a sequence number, in order; of every workspace if `workspace` is empty.
  virtual absl::StatusOr<std::vector<StoredPublication>> ListPublications(
      std::string_view workspace, int64_t after_sequence, int limit) = 0;

  // Names this database in cursors; never changes once the database was made.
  virtual const std::string& epoch() const = 0;

  // Tells when a publication was committed.
  virtual PublicationSignal& signal() = 0;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_STORE_PLAN_STORE_H_

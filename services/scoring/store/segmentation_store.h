// The segmentations of workspaces, as texts the store does not look into.
//
// Thread-safe; calls block on the database, whose errors every function may return beside those
// named.
#ifndef VALUELOOP_SCORING_STORE_SEGMENTATION_STORE_H_
#define VALUELOOP_SCORING_STORE_SEGMENTATION_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/sql/database.h"

namespace valueloop::scoring {

inline constexpr int64_t kMaxSegmentations = 1000;  // Per workspace.

struct StoredSegmentation {
  std::string id;
  std::string payload;
  std::string etag;  // Never the same for two contents under one id, deleted ones included.
  int64_t create_micros = 0;
  int64_t update_micros = 0;
  friend bool operator==(const StoredSegmentation&, const StoredSegmentation&) = default;
};

class SegmentationStore {
 public:
  // `database` has LedgerMigrations(); it and `clock` outlive the store.
  SegmentationStore(sql::Database& database, const Clock& clock)
      : database_(database), clock_(clock) {}

  // ALREADY_EXISTS if the id is taken by another payload; with the same one, what is there.
  // FAILED_PRECONDITION, reason TOO_MANY_SEGMENTATIONS, beyond kMaxSegmentations.
  absl::StatusOr<StoredSegmentation> Create(std::string_view workspace, std::string_view id,
                                            std::string_view payload);

  // NOT_FOUND with reason SEGMENTATION_NOT_FOUND if there is none.
  absl::StatusOr<StoredSegmentation> Get(std::string_view workspace, std::string_view id);

  // By id, those after `after` (empty: from the first).
  absl::StatusOr<std::vector<StoredSegmentation>> List(std::string_view workspace,
                                                       std::string_view after, int limit);

  // NOT_FOUND as above; ABORTED with reason ETAG_MISMATCH if the etag is another. The same payload
  // changes nothing, whatever the etag: a call may be repeated.
  absl::StatusOr<StoredSegmentation> Update(std::string_view workspace, std::string_view id,
                                            std::string_view payload, std::string_view etag);

  // NOT_FOUND and ABORTED as above; an empty etag is any.
  absl::Status Delete(std::string_view workspace, std::string_view id, std::string_view etag);

 private:
  sql::Database& database_;
  const Clock& clock_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_SEGMENTATION_STORE_H_

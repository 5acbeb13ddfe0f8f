// The transaction of an erase: what it deletes, what it rewrites, and the search at its end.
// Internal to this folder.
#ifndef VALUELOOP_SCORING_STORE_ERASE_WORK_H_
#define VALUELOOP_SCORING_STORE_ERASE_WORK_H_

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/session.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/eraser.h"

namespace valueloop::scoring {

// A column that holds customer ids. Every such column of the schema is here; a test compares.
struct CustomerColumn {
  std::string_view table;
  std::string_view column;
};
std::span<const CustomerColumn> CustomerColumns();

// Whether `text` has `id` as a word of its own, as a message or a resource name would.
bool NamesId(std::string_view text, std::string_view id);

// Use: construct, Run once.
class EraseWork {
 public:
  // All outlive it.
  EraseWork(sql::Session& session, const Workspace& workspace, const EventDecoder& decode,
            const Eraser::EventEncoder& encode, int64_t now_micros)
      : session_(session),
        workspace_(workspace),
        decode_(decode),
        encode_(encode),
        now_micros_(now_micros) {}

  // See Eraser::Erase.
  absl::Status Run(const std::string& customer_id, bool include_merged);

  const std::vector<std::string>& ids() const { return ids_; }
  // Everybody whose scores may have changed, the erased among them.
  const std::set<std::string>& related() const { return related_; }
  int64_t erasure() const { return erasure_; }
  EraseProof TakeProof();

 private:
  absl::Status FindIds(const std::string& customer_id, bool include_merged);
  absl::Status TakeFromTotals();
  absl::Status RewriteReferrals();
  absl::Status RewriteReferral(const std::string& referrer, const std::string& source,
                               const std::string& event_id);
  absl::Status RebuildReferrer(const std::string& referrer, int64_t change_sequence);
  absl::Status DeleteRows();
  absl::Status DeleteScores();
  absl::Status DeleteRequests();
  absl::Status CleanTexts();
  absl::Status Search();
  absl::Status Record();
  bool IsNamedIn(std::string_view text) const;

  sql::Session& session_;
  const Workspace& workspace_;
  const EventDecoder& decode_;
  const Eraser::EventEncoder& encode_;
  const int64_t now_micros_;
  std::vector<std::string> ids_;
  std::vector<std::string> names_;  // The ids, and their external ids.
  std::string marker_;
  std::set<std::string> related_;
  std::set<std::string> rewritten_referrers_;
  std::map<std::string, int64_t, std::less<>> erased_counts_;  // By table.
  int64_t event_count_ = 0;
  int64_t rewritten_count_ = 0;
  int64_t change_sequence_ = 0;
  int64_t erasure_ = 0;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_ERASE_WORK_H_

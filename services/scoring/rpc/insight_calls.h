// InsightService.ListCalls: whom to call, page by page over one list.
#ifndef VALUELOOP_SCORING_RPC_INSIGHT_CALLS_H_
#define VALUELOOP_SCORING_RPC_INSIGHT_CALLS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "scoring/domain/insight/calls.h"
#include "scoring/rpc/insight_scope.h"
#include "valueloop/scoring/v1/insight.pb.h"

namespace valueloop::scoring {

// All calls of one snapshot, day, filter and state of the ledger, in their order.
struct CallList {
  std::vector<Call> calls;
  int64_t due_count = 0;
  double due_expected_value = 0;
  int64_t without_cadence_count = 0;
};

// Thread-safe. Keeps the list it made last: the next page is nearly always of it. Register as a
// listener of the ledger, so that nobody who was erased stays in memory.
class CallLists : public LedgerListener {
 public:
  // FAILED_PRECONDITION: NO_SNAPSHOT, SNAPSHOT_EXPIRED. INVALID_ARGUMENT names the field.
  absl::Status Answer(const InsightSources& sources, std::function<bool()> stop,
                      const v1::ListCallsRequest& request, v1::ListCallsResponse& response)
      VL_EXCLUDES(mutex_);

  void OnChanged(const std::string& workspace,
                 const std::vector<std::string>& customer_ids) override VL_EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  int64_t changes_ VL_GUARDED_BY(mutex_) = 0;  // A list begun before one is not kept after it.
  std::string kept_key_ VL_GUARDED_BY(mutex_);
  std::shared_ptr<const CallList> kept_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_INSIGHT_CALLS_H_

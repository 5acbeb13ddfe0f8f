// valueloop.scoring.v1.InsightService.
#ifndef VALUELOOP_SCORING_RPC_INSIGHT_RPC_H_
#define VALUELOOP_SCORING_RPC_INSIGHT_RPC_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/rpc/service.h"
#include "scoring/rpc/insight_answers.h"
#include "scoring/rpc/insight_calls.h"
#include "scoring/rpc/insight_scope.h"

namespace valueloop::scoring {

// Every answer is computed from the ledger when it is asked for; of calls the last list is kept for
// its next pages.
class InsightRpc : public rpc::Service {
 public:
  // `sources` outlive the service.
  explicit InsightRpc(const InsightSources& sources);

  // To be told what changes in the ledger.
  LedgerListener& listener() { return calls_; }

 private:
  // Registers `answer(sources, scope, request, response)` for requests with parent, predicate and
  // as_of.
  template <typename Request, typename Response>
  void Answer(std::string_view method,
              absl::Status (*answer)(const InsightSources&, const InsightScope&, const Request&,
                                     Response&),
              ScopeQuestion::Of of = ScopeQuestion::Of::kBoth);

  const InsightSources sources_;
  CallLists calls_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_INSIGHT_RPC_H_

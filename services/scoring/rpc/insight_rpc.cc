#include "scoring/rpc/insight_rpc.h"

#include <string>
#include <utility>

#include "common/status.h"
#include "scoring/rpc/insight_page.h"

namespace valueloop::scoring {
namespace {

// The day a request asks for; that of its first page, if it asks for a later one.
template <typename Request>
absl::StatusOr<std::string> AsOfOf(const Request& request) {
  if constexpr (requires { request.page_token(); }) {
    VL_ASSIGN_OR_RETURN(const InsightPage page, ParsePage(request));
    return page.as_of;
  } else {
    return request.as_of();
  }
}

template <typename Request>
std::string_view PredicateOf(const Request& request) {
  if constexpr (requires { request.predicate(); }) {
    return request.predicate();
  } else {
    return {};
  }
}

}  // namespace

template <typename Request, typename Response>
void InsightRpc::Answer(std::string_view method,
                        absl::Status (*answer)(const InsightSources&, const InsightScope&,
                                               const Request&, Response&),
                        ScopeQuestion::Of of) {
  Unary<Request, Response>(method,
                           [this, answer, of](rpc::CallContext& context, const Request& request,
                                              Response& response) -> absl::Status {
                             VL_ASSIGN_OR_RETURN(std::string as_of, AsOfOf(request));
                             VL_ASSIGN_OR_RETURN(
                                 const InsightScope scope,
                                 InsightScope::Open(sources_,
                                                    {.parent = request.parent(),
                                                     .predicate = PredicateOf(request),
                                                     .as_of = std::move(as_of),
                                                     .of = of},
                                                    [&context] { return context.cancelled(); }));
                             return answer(sources_, scope, request, response);
                           },
                           {.max_request_bytes = rpc::kLiveMaxRequestBytes});
}

InsightRpc::InsightRpc(const InsightSources& sources)
    : Service("valueloop.scoring.v1.InsightService"), sources_(sources) {
  using Of = ScopeQuestion::Of;
  Answer("GetPerceivedValue", AnswerPerceivedValue);
  Answer("GetExchangeBalance", AnswerExchange);
  Answer("ListNeedOpportunities", AnswerNeeds);
  Answer("ListTouchpointGaps", AnswerTouchpoints);
  Answer("GetPriceLine", AnswerPriceLine);
  Answer("GetPromises", AnswerPromises);
  Answer("GetServiceRecovery", AnswerRecovery);
  Answer("GetBuyingCentre", AnswerBuyingCentre, Of::kCustomer);
  Answer("GetDataQuality", AnswerDataQuality);
  Answer("ListProductHoldings", AnswerHoldings, Of::kWorkspace);
  Answer("ListNextOffers", AnswerNextOffers, Of::kCustomer);
  Answer("GetContractValue", AnswerContractValue);
  Unary<v1::ListCallsRequest, v1::ListCallsResponse>(
      "ListCalls", [this](rpc::CallContext& context, const v1::ListCallsRequest& request,
                          v1::ListCallsResponse& response) {
        return calls_.Answer(
            sources_, [&context] { return context.cancelled(); }, request, response);
      });
}

}  // namespace valueloop::scoring

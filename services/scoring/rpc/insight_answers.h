// The answers of InsightService: read the ledger in a scope, compute, fill in the response.
//
// Each fails with INVALID_ARGUMENT naming a field of the request out of range, or with the errors
// of the stores.
#ifndef VALUELOOP_SCORING_RPC_INSIGHT_ANSWERS_H_
#define VALUELOOP_SCORING_RPC_INSIGHT_ANSWERS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "scoring/domain/insight/exchange.h"
#include "scoring/domain/insight/perceived_value.h"
#include "scoring/rpc/insight_scope.h"
#include "valueloop/scoring/v1/insight.pb.h"

namespace valueloop::scoring {

absl::Status AnswerPerceivedValue(const InsightSources& sources, const InsightScope& scope,
                                  const v1::GetPerceivedValueRequest& request,
                                  v1::PerceivedValue& response);
absl::Status AnswerNeeds(const InsightSources& sources, const InsightScope& scope,
                         const v1::ListNeedOpportunitiesRequest& request,
                         v1::ListNeedOpportunitiesResponse& response);
absl::Status AnswerTouchpoints(const InsightSources& sources, const InsightScope& scope,
                               const v1::ListTouchpointGapsRequest& request,
                               v1::ListTouchpointGapsResponse& response);
absl::Status AnswerExchange(const InsightSources& sources, const InsightScope& scope,
                            const v1::GetExchangeBalanceRequest& request,
                            v1::ExchangeBalance& response);
absl::Status AnswerPriceLine(const InsightSources& sources, const InsightScope& scope,
                             const v1::GetPriceLineRequest& request, v1::PriceLine& response);
absl::Status AnswerPromises(const InsightSources& sources, const InsightScope& scope,
                            const v1::GetPromisesRequest& request, v1::Promises& response);
absl::Status AnswerRecovery(const InsightSources& sources, const InsightScope& scope,
                            const v1::GetServiceRecoveryRequest& request,
                            v1::ServiceRecovery& response);
absl::Status AnswerBuyingCentre(const InsightSources& sources, const InsightScope& scope,
                                const v1::GetBuyingCentreRequest& request,
                                v1::BuyingCentre& response);
absl::Status AnswerDataQuality(const InsightSources& sources, const InsightScope& scope,
                               const v1::GetDataQualityRequest& request, v1::DataQuality& response);
absl::Status AnswerHoldings(const InsightSources& sources, const InsightScope& scope,
                            const v1::ListProductHoldingsRequest& request,
                            v1::ListProductHoldingsResponse& response);
absl::Status AnswerNextOffers(const InsightSources& sources, const InsightScope& scope,
                              const v1::ListNextOffersRequest& request,
                              v1::ListNextOffersResponse& response);
absl::Status AnswerContractValue(const InsightSources& sources, const InsightScope& scope,
                                 const v1::GetContractValueRequest& request,
                                 v1::ContractValue& response);

// What two or more of them share.
absl::StatusOr<ExchangeResult> ComputeExchange(const InsightSources& sources,
                                               const InsightScope& scope, double margin_ratio);
absl::StatusOr<std::vector<DimensionWeight>> WeightsFromProto(
    std::string_view field, const google::protobuf::RepeatedPtrField<v1::DimensionWeight>& protos,
    const std::vector<DimensionWeight>& defaults);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_INSIGHT_ANSWERS_H_

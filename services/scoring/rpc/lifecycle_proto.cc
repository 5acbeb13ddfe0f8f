#include "scoring/rpc/lifecycle_proto.h"

namespace valueloop::scoring {

v1::LifecycleStage ToProto(LifecycleStage stage) {
  switch (stage) {
    case LifecycleStage::kUnknown:
      return v1::LIFECYCLE_STAGE_UNKNOWN;
    case LifecycleStage::kNew:
      return v1::LIFECYCLE_STAGE_NEW;
    case LifecycleStage::kGrowing:
      return v1::LIFECYCLE_STAGE_GROWING;
    case LifecycleStage::kMature:
      return v1::LIFECYCLE_STAGE_MATURE;
    case LifecycleStage::kDeclining:
      return v1::LIFECYCLE_STAGE_DECLINING;
    case LifecycleStage::kLost:
      return v1::LIFECYCLE_STAGE_LOST;
  }
  return v1::LIFECYCLE_STAGE_UNSPECIFIED;
}

v1::Trend ToProto(Trend trend) {
  switch (trend) {
    case Trend::kNotEnoughData:
      return v1::TREND_NOT_ENOUGH_DATA;
    case Trend::kImproving:
      return v1::TREND_IMPROVING;
    case Trend::kStable:
      return v1::TREND_STABLE;
    case Trend::kDeclining:
      return v1::TREND_DECLINING;
  }
  return v1::TREND_UNSPECIFIED;
}

void ToProto(const RfmValues& values, const RfmRanks& ranks, v1::Rfm& out) {
  if (values.recency_days) out.set_recency_days(*values.recency_days);
  out.set_purchase_count(values.purchase_count);
  out.set_purchase_amount(values.purchase_amount);
  if (!ranks.is_ranked()) return;
  out.set_recency_rank(ranks.recency);
  out.set_frequency_rank(ranks.frequency);
  out.set_monetary_rank(ranks.monetary);
}

}  // namespace valueloop::scoring

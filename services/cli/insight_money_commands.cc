// insight price, balance, recovery, quality, contracts.
#include <array>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/insight_print.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/scoring/v1/insight.pb.h"

namespace valueloop::cli {
namespace {

namespace v1 = scoring::v1;

absl::StatusOr<int> Price(Context& context, const ScopeOptions& options) {
  v1::GetPriceLineRequest request;
  SetScope(context, options, request);
  v1::PriceLine answer;
  VL_RETURN_IF_ERROR(Ask(context, "GetPriceLine", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("产品", "OFFER")},
                 {context.T("价格", "PRICE"), Table::Align::kRight},
                 {context.T("参照价", "REFERENCE"), Table::Align::kRight},
                 {context.T("差异化价值", "WE ADD"), Table::Align::kRight},
                 {context.T("价值价格", "WORTH"), Table::Align::kRight},
                 {context.T("客户得益", "CUSTOMER GAINS"), Table::Align::kRight},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight}});
    for (const v1::OfferPrice& offer : answer.offers()) {
      table.AddRow({offer.offer(), Number(offer.price()), Number(offer.reference_price()),
                    Number(offer.differentiation_value()), Number(offer.value_price()),
                    Number(offer.customer_gain()), Count(offer.customer_count())});
    }
    table.Print(context.out(), context.color_wanted());
    if (answer.has_value_map()) {
      const v1::ValueMap& map = answer.value_map();
      Measures measures(context);
      measures.Add("质量比", "quality ratio", If(map.has_quality_ratio(), map.quality_ratio()), 3);
      measures.Add("价格比", "price ratio", If(map.has_price_ratio(), map.price_ratio()), 3);
      measures.Add("到公平价值线的距离", "distance to the fair-value line",
                   If(map.has_distance(), map.distance()), 3);
      measures.Add("赢单得分", "win score", If(map.has_win_score(), map.win_score()), 1);
      measures.Print();
    }
    PrintFoot(context, answer);
  }));
  return kDone;
}

absl::StatusOr<int> Balance(Context& context, const ScopeOptions& options) {
  v1::GetExchangeBalanceRequest request;
  SetScope(context, options, request);
  v1::ExchangeBalance answer;
  VL_RETURN_IF_ERROR(Ask(context, "GetExchangeBalance", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Measures measures(context);
    measures.Add("对客户的价值（年）", "value to the customer, a year",
                 If(answer.has_value_to_customer(), answer.value_to_customer()));
    measures.Add("对企业的价值（年）", "value to us, a year", answer.value_to_firm());
    measures.Add("比值", "ratio", If(answer.has_ratio(), answer.ratio()), 3);
    if (answer.has_lifetime_value()) {
      measures.Add("终身价值", "lifetime value", answer.lifetime_value());
    }
    measures.Print();
    PrintFoot(context, answer);
  }));
  return kDone;
}

absl::StatusOr<int> Recovery(Context& context, const ScopeOptions& options) {
  v1::GetServiceRecoveryRequest request;
  SetScope(context, options, request);
  v1::ServiceRecovery answer;
  VL_RETURN_IF_ERROR(Ask(context, "GetServiceRecovery", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Measures measures(context);
    measures.AddCount("投诉", "complaints", answer.complaint_count());
    measures.AddCount("观察期内", "too young to judge", answer.pending_count());
    measures.Add("挽回率 %", "customers kept, %",
                 Percent(answer.has_recovery_ratio(), answer.recovery_ratio()), 1);
    measures.Add("已补救挽回率 %", "kept after a remedy, %",
                 Percent(answer.remedied().has_kept_ratio(), answer.remedied().kept_ratio()), 1);
    measures.Add(
        "未补救挽回率 %", "kept without one, %",
        Percent(answer.not_remedied().has_kept_ratio(), answer.not_remedied().kept_ratio()), 1);
    measures.Add("补救成本", "cost of remedies", answer.remedy_cost());
    measures.Add("保住的毛利", "margin kept", answer.kept_margin());
    measures.Add("补救投入产出 %", "return on remedies, %",
                 Percent(answer.has_remedy_roi(), answer.remedy_roi()), 1);
    measures.Add("服务投入产出 %", "return on service, %",
                 Percent(answer.has_service_roi(), answer.service_roi()), 1);
    measures.Print();
    context.out() << answer.first_day() << " .. " << answer.last_day() << '\n';
    PrintFoot(context, answer);
  }));
  return kDone;
}

struct QualityOptions : ScopeOptions {
  std::vector<std::string> required;
};

absl::StatusOr<int> Quality(Context& context, const QualityOptions& options) {
  v1::GetDataQualityRequest request;
  SetScope(context, options, request);
  for (const std::string& name : options.required) request.add_required_attributes(name);
  v1::DataQuality answer;
  VL_RETURN_IF_ERROR(Ask(context, "GetDataQuality", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Measures measures(context);
    measures.AddCount("客户数", "customers", answer.customer_count());
    constexpr std::array kLabels = {"需求 %", "感知 %", "行为 %", "分类 %"};
    for (int i = 0; i < answer.elements_size(); ++i) {
      const std::string name = answer.elements(i).element() + " %";
      const auto place = static_cast<size_t>(i);
      measures.Add(place < kLabels.size() ? kLabels[place] : name.c_str(), name.c_str(),
                   std::optional<double>(answer.elements(i).ratio() * 100), 1);
    }
    measures.Add("档案完整度 %", "profiles complete, %",
                 Percent(answer.has_profile_completeness(), answer.profile_completeness()), 1);
    measures.Add("属性完整度 %", "attributes filled, %",
                 Percent(answer.has_attribute_completeness(), answer.attribute_completeness()), 1);
    measures.Add("新鲜度 %", "fresh, %", Percent(answer.has_fresh_ratio(), answer.fresh_ratio()),
                 1);
    measures.Add("重复率 %", "duplicates, %",
                 Percent(answer.has_duplicate_ratio(), answer.duplicate_ratio()), 1);
    measures.Print();
    PrintFoot(context, answer);
  }));
  return kDone;
}

absl::StatusOr<int> Contracts(Context& context, const ScopeOptions& options) {
  v1::GetContractValueRequest request;
  SetScope(context, options, request);
  v1::ContractValue answer;
  VL_RETURN_IF_ERROR(Ask(context, "GetContractValue", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Measures measures(context);
    measures.AddCount("在网合约", "running contracts", answer.running_count());
    measures.Add("ARPU（月）", "ARPU, a month", If(answer.has_arpu(), answer.arpu()));
    measures.Add("月毛利", "margin, a month",
                 If(answer.has_monthly_margin(), answer.monthly_margin()));
    measures.Add("月离网率 %", "churn a month, %",
                 Percent(answer.has_monthly_churn(), answer.monthly_churn()), 2);
    measures.Add("预期在网月数", "months to stay",
                 If(answer.has_expected_tenure_months(), answer.expected_tenure_months()), 1);
    measures.Add("终身贡献", "lifetime contribution",
                 If(answer.has_lifetime_contribution(), answer.lifetime_contribution()));
    measures.Print();
    PrintFoot(context, answer);
  }));
  return kDone;
}

}  // namespace

void AddInsightMoneyCommands(CLI::App& insight, Context& context) {
  AddScope(AddCommand<ScopeOptions>(insight, context, "price",
                                    "what offers are worth to customers, beside their price",
                                    "valueloop insight price --customer C-00001", Price));
  AddScope(AddCommand<ScopeOptions>(insight, context, "balance",
                                    "what customers get out of us, and we out of them",
                                    "valueloop insight balance --customer C-00001", Balance));
  AddScope(AddCommand<ScopeOptions>(insight, context, "recovery",
                                    "what became of customers who complained",
                                    "valueloop insight recovery", Recovery));
  const auto quality = AddCommand<QualityOptions>(
      insight, context, "quality", "how complete, fresh and unique the data about customers is",
      "valueloop insight quality --required owner --required segment", Quality);
  AddScope(quality);
  quality.app->add_option("--required", quality.options->required,
                          "an attribute every customer should have");
  AddScope(AddCommand<ScopeOptions>(insight, context, "contracts", "ARPU times tenure",
                                    "valueloop insight contracts", Contracts));
}

}  // namespace valueloop::cli

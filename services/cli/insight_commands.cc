// insight ...: what customers perceive, need, were promised and hold; and portfolio calls.
#include <cstdlib>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/insight_print.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "valueloop/scoring/v1/insight.pb.h"

namespace valueloop::cli {
namespace {

namespace v1 = scoring::v1;

std::string PhaseLabel(const Context& context, v1::TouchpointPhase phase) {
  switch (phase) {
    case v1::TOUCHPOINT_PHASE_PRE_SALE:
      return context.T("售前", "PRE_SALE");
    case v1::TOUCHPOINT_PHASE_IN_SALE:
      return context.T("售中", "IN_SALE");
    case v1::TOUCHPOINT_PHASE_AFTER_SALE:
      return context.T("售后", "AFTER_SALE");
    default:
      return "-";
  }
}

struct PerceivedOptions : ScopeOptions {
  std::vector<std::string> weights;
};

absl::StatusOr<int> Perceived(Context& context, const PerceivedOptions& options) {
  v1::GetPerceivedValueRequest request;
  SetScope(context, options, request);
  for (const std::string& text : options.weights) {
    const size_t equals = text.find('=');
    char* end = nullptr;
    const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
    const double weight = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0') {
      return UsageError(fmt::format("--weight: got {}, want such as FUNCTIONAL=35", text));
    }
    v1::DimensionWeight& row = *request.add_benefit_weights();
    row.set_dimension(text.substr(0, equals));
    row.set_weight(weight);
  }
  v1::PerceivedValue answer;
  VL_RETURN_IF_ERROR(Ask(context, "GetPerceivedValue", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("维度", "DIMENSION")},
                 {context.T("权重 %", "WEIGHT %"), Table::Align::kRight},
                 {context.T("得分", "SCORE"), Table::Align::kRight},
                 {context.T("贡献", "CONTRIBUTION"), Table::Align::kRight},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight}});
    for (const auto* list : {&answer.benefits(), &answer.costs()}) {
      for (const v1::DimensionScore& row : *list) {
        table.AddRow({row.dimension(), Number(row.weight() * 100, 1),
                      Number(If(row.has_score(), row.score()), 1),
                      Number(If(row.has_contribution(), row.contribution()), 1),
                      Count(row.customer_count())});
      }
    }
    table.Print(context.out(), context.color_wanted());
    Measures measures(context);
    measures.Add("感知价值", "perceived value",
                 If(answer.has_perceived_value(), answer.perceived_value()), 1);
    measures.Add("主导维度", "dominant dimension",
                 answer.dominant_dimension().empty() ? "-" : answer.dominant_dimension());
    measures.Add("利益/成本", "benefits / costs",
                 If(answer.has_value_ratio(), answer.value_ratio()), 3);
    measures.Add("让渡价值", "benefits - costs",
                 If(answer.has_delivered_value(), answer.delivered_value()), 1);
    measures.AddCount("预期忠诚客户数", "loyalty expected of", answer.loyal_expected_count());
    if (answer.has_validation()) {
      measures.Add("留存差 %", "stayed more often, % points",
                   Percent(answer.validation().has_lift(), answer.validation().lift()), 1);
    }
    measures.Print();
    PrintFoot(context, answer);
  }));
  return kDone;
}

struct PagedOptions : ScopeOptions {
  int limit = 20;
};

absl::StatusOr<int> Needs(Context& context, const PagedOptions& options) {
  v1::ListNeedOpportunitiesRequest request;
  SetScope(context, options, request);
  request.set_page_size(options.limit);
  v1::ListNeedOpportunitiesResponse answer;
  VL_RETURN_IF_ERROR(Ask(context, "ListNeedOpportunities", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{"#", Table::Align::kRight},
                 {context.T("需求", "NEED")},
                 {context.T("机会", "OPPORTUNITY"), Table::Align::kRight},
                 {context.T("重要度", "IMPORTANCE"), Table::Align::kRight},
                 {context.T("满意度", "SATISFACTION"), Table::Align::kRight},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight},
                 {context.T("变化", "CHANGE"), Table::Align::kRight},
                 {context.T("需重新调研", "ASK AGAIN")}});
    for (const v1::NeedOpportunity& need : answer.needs()) {
      table.AddRow({Count(need.rank()), need.need(), Number(need.opportunity(), 1),
                    Number(need.importance(), 1), Number(need.satisfaction(), 1),
                    Count(need.customer_count()),
                    Number(If(need.has_importance_change(), need.importance_change()), 1),
                    need.changed() ? context.T("是", "yes") : ""});
    }
    table.Print(context.out(), context.color_wanted());
    PrintFoot(context, answer);
  }));
  return kDone;
}

absl::StatusOr<int> Touchpoints(Context& context, const PagedOptions& options) {
  v1::ListTouchpointGapsRequest request;
  SetScope(context, options, request);
  request.set_page_size(options.limit);
  v1::ListTouchpointGapsResponse answer;
  VL_RETURN_IF_ERROR(Ask(context, "ListTouchpointGaps", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{"#", Table::Align::kRight},
                 {context.T("接触点", "TOUCHPOINT")},
                 {context.T("阶段", "PHASE")},
                 {context.T("优先级", "PRIORITY"), Table::Align::kRight},
                 {context.T("差距", "GAP"), Table::Align::kRight},
                 {context.T("期望", "EXPECTED"), Table::Align::kRight},
                 {context.T("感知", "PERCEIVED"), Table::Align::kRight},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight}});
    for (const v1::TouchpointGap& row : answer.touchpoints()) {
      table.AddRow({Count(row.rank()), row.touchpoint(), PhaseLabel(context, row.phase()),
                    Number(If(row.has_priority(), row.priority()), 1),
                    Number(If(row.has_gap(), row.gap()), 1),
                    Number(If(row.has_expectation(), row.expectation()), 1),
                    Number(If(row.has_perception(), row.perception()), 1),
                    Count(row.customer_count())});
    }
    table.Print(context.out(), context.color_wanted());
    for (const v1::PhaseSummary& phase : answer.phases()) {
      context.out() << fmt::format(
          fmt::runtime(
              context.T("{}：{} 位客户，流失 {} %\n", "{}: {} customers, {} % drop off\n")),
          PhaseLabel(context, phase.phase()), Count(phase.customer_count()),
          Number(Percent(phase.has_drop_off_ratio(), phase.drop_off_ratio()), 1));
    }
    PrintFoot(context, answer);
  }));
  return kDone;
}

absl::StatusOr<int> Promises(Context& context, const PagedOptions& options) {
  v1::GetPromisesRequest request;
  SetScope(context, options, request);
  request.set_page_size(options.limit);
  v1::Promises answer;
  VL_RETURN_IF_ERROR(Ask(context, "GetPromises", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Measures measures(context);
    measures.AddCount("到期承诺", "promises due", answer.due_count());
    measures.AddCount("按时兑现", "kept on time", answer.kept_on_time_count());
    measures.AddCount("迟到兑现", "kept late", answer.kept_late_count());
    measures.AddCount("逾期未兑现", "overdue", answer.overdue_count());
    measures.AddCount("未到期", "open", answer.open_count());
    measures.Add("兑现率 %", "kept, %", Percent(answer.has_kept_ratio(), answer.kept_ratio()), 1);
    measures.Add("信任指数 %", "trust index, %",
                 Percent(answer.has_trust_index(), answer.trust_index()), 1);
    measures.Print();
    if (answer.late_size() > 0) {
      Table table({{context.T("客户", "CUSTOMER")},
                   {context.T("承诺", "PROMISE")},
                   {context.T("到期", "DUE")},
                   {context.T("逾期天数", "DAYS LATE"), Table::Align::kRight},
                   {context.T("内容", "TEXT")}});
      for (const v1::LatePromise& late : answer.late()) {
        table.AddRow({LastSegment(late.customer()), late.promise_id(), late.due_day(),
                      Count(late.overdue_days()), late.text()});
      }
      table.Print(context.out(), context.color_wanted());
    }
    PrintFoot(context, answer);
  }));
  return kDone;
}

struct CustomerOptions {
  std::string id;
};

absl::StatusOr<int> Centre(Context& context, const CustomerOptions& options) {
  v1::GetBuyingCentreRequest request;
  request.set_parent(context.Name("customers/" + options.id));
  request.set_as_of(context.options.as_of);
  v1::BuyingCentre answer;
  VL_RETURN_IF_ERROR(Ask(context, "GetBuyingCentre", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("人", "PERSON")},
                 {context.T("角色", "ROLE")},
                 {context.T("影响力", "INFLUENCE"), Table::Align::kRight},
                 {context.T("态度", "ATTITUDE"), Table::Align::kRight},
                 {context.T("最近见面", "LAST MET")}});
    for (const v1::BuyingCentrePerson& person : answer.people()) {
      table.AddRow({person.person(), person.role(),
                    Number(If(person.has_influence(), person.influence())),
                    Number(If(person.has_attitude(), person.attitude()), 1),
                    person.last_met_day().empty() ? "-" : person.last_met_day()});
    }
    table.Print(context.out(), context.color_wanted());
    Measures measures(context);
    measures.Add("覆盖率 %", "influence met, %", Percent(answer.has_coverage(), answer.coverage()),
                 1);
    measures.Add("支持度", "support", If(answer.has_support(), answer.support()));
    measures.Add("缺少的角色", "missing roles",
                 fmt::format("{}", fmt::join(answer.missing_roles(), " ")));
    measures.Add("要见的人", "whom to see",
                 fmt::format("{}", fmt::join(answer.missing_contacts(), " ")));
    measures.Print();
    PrintFoot(context, answer);
  }));
  return kDone;
}

absl::StatusOr<int> NextOffers(Context& context, const std::string& customer_id) {
  v1::ListNextOffersRequest request;
  request.set_parent(context.Name("customers/" + customer_id));
  request.set_as_of(context.options.as_of);
  v1::ListNextOffersResponse answer;
  VL_RETURN_IF_ERROR(Ask(context, "ListNextOffers", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("推荐产品", "OFFER")},
                 {context.T("因为持有", "BECAUSE OF")},
                 {context.T("提升度", "LIFT"), Table::Align::kRight},
                 {context.T("概率 %", "PROBABILITY %"), Table::Align::kRight},
                 {context.T("依据客户数", "CUSTOMERS"), Table::Align::kRight}});
    for (const v1::NextOffer& offer : answer.offers()) {
      table.AddRow({offer.product(), offer.because_of(), Number(offer.lift()),
                    Number(offer.probability() * 100, 1), Count(offer.support_count())});
    }
    table.Print(context.out(), context.color_wanted());
    PrintFoot(context, answer);
  }));
  return kDone;
}

struct OffersOptions : PagedOptions {
  int min_support = 0;
};

absl::StatusOr<int> Offers(Context& context, const OffersOptions& options) {
  if (!options.customer.empty()) return NextOffers(context, options.customer);
  v1::ListProductHoldingsRequest request;
  SetScope(context, options, request);
  request.set_page_size(options.limit);
  request.set_min_support(options.min_support);
  v1::ListProductHoldingsResponse answer;
  VL_RETURN_IF_ERROR(Ask(context, "ListProductHoldings", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("产品", "PRODUCT")},
                 {context.T("一同持有", "TOGETHER WITH")},
                 {context.T("提升度", "LIFT"), Table::Align::kRight},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight}});
    for (const v1::ProductPair& pair : answer.pairs()) {
      table.AddRow(
          {pair.first(), pair.second(), Number(pair.lift()), Count(pair.customer_count())});
    }
    table.Print(context.out(), context.color_wanted());
    Measures measures(context);
    measures.AddCount("持有客户", "holders", answer.holder_count());
    measures.Add("交叉销售率 %", "two products or more, %",
                 Percent(answer.has_cross_sell_ratio(), answer.cross_sell_ratio()), 1);
    measures.Print();
    PrintFoot(context, answer);
  }));
  return kDone;
}

struct CallsOptions {
  std::string filter;
  int ahead = 0;
  int limit = 20;
};

absl::StatusOr<int> Calls(Context& context, const CallsOptions& options) {
  v1::ListCallsRequest request;
  request.set_parent(context.Parent());
  request.set_as_of(context.options.as_of);
  request.set_filter(options.filter);
  request.set_ahead_days(options.ahead);
  request.set_page_size(options.limit);
  v1::ListCallsResponse answer;
  VL_RETURN_IF_ERROR(Ask(context, "ListCalls", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{"#", Table::Align::kRight},
                 {context.T("客户", "CUSTOMER")},
                 {context.T("类别", "CLASS")},
                 {context.T("上次联系", "LAST CONTACT")},
                 {context.T("应联系", "DUE")},
                 {context.T("逾期天数", "DAYS LATE"), Table::Align::kRight},
                 {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
                 {context.T("优先级", "PRIORITY"), Table::Align::kRight}});
    for (const v1::Call& call : answer.calls()) {
      table.AddRow({Count(call.rank()), LastSegment(call.customer()),
                    ClassLabel(context, call.customer_class()),
                    call.last_contact_day().empty() ? "-" : call.last_contact_day(), call.due_day(),
                    Count(call.overdue_days()),
                    Number(If(call.has_expected_value(), call.expected_value())),
                    Number(If(call.has_priority(), call.priority()), 0)});
    }
    table.Print(context.out(), context.color_wanted());
    context.out() << fmt::format(
        fmt::runtime(context.T("{} / {} 位，截至 {}；{} 位所属类别没有计划联系\n",
                               "{} of {}, as of {}; the classes of {} plan no contacts\n")),
        Count(answer.calls_size()), Count(answer.total_count()), answer.snapshot().as_of(),
        Count(answer.without_cadence_count()));
  }));
  return kDone;
}

template <typename Options>
void AddLimit(const Command<Options>& command) {
  command.app->add_option("--limit", command.options->limit, "rows, 1 to 1000")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

}  // namespace

void AddInsightCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "insight", "what customers perceive, need and were promised");
  const auto perceived = AddCommand<PerceivedOptions>(
      group, context, "perceived", "perceived value by dimension, as ratio and difference",
      "valueloop insight perceived --weight FUNCTIONAL=35 --weight ECONOMIC=65", Perceived);
  AddScope(perceived);
  perceived.app->add_option("--weight", perceived.options->weights,
                            "DIMENSION=WEIGHT of a benefit; default: four equal ones");
  const auto needs =
      AddCommand<PagedOptions>(group, context, "needs", "needs by opportunity, and what changed",
                               "valueloop insight needs --where 'segment in [SG1]'", Needs);
  AddScope(needs);
  AddLimit(needs);
  const auto touchpoints = AddCommand<PagedOptions>(group, context, "touchpoints",
                                                    "where customers expected more than they got",
                                                    "valueloop insight touchpoints", Touchpoints);
  AddScope(touchpoints);
  AddLimit(touchpoints);
  const auto promises =
      AddCommand<PagedOptions>(group, context, "promises", "promises kept, open and late",
                               "valueloop insight promises", Promises);
  AddScope(promises);
  AddLimit(promises);
  const auto centre = AddCommand<CustomerOptions>(
      group, context, "centre", "who decides at a customer, and whom we have not met",
      "valueloop insight centre C-00001", Centre);
  centre.app->add_option("id", centre.options->id, "customer id")->required();
  const auto offers = AddCommand<OffersOptions>(
      group, context, "offers", "products that go together; with --customer: what to offer next",
      "valueloop insight offers --customer C-00001", Offers);
  AddScope(offers);
  AddLimit(offers);
  offers.app
      ->add_option("--min-support", offers.options->min_support,
                   "customers that must hold both; 0: 5")
      ->check(CLI::NonNegativeNumber);
  AddInsightMoneyCommands(group, context);
}

void AddCallsCommand(CLI::App& portfolio, Context& context) {
  const auto calls = AddCommand<CallsOptions>(
      portfolio, context, "calls", "whom to call, by days overdue times expected value",
      "valueloop portfolio calls --filter 'owner=\"li\"'", Calls);
  calls.app->add_option("--filter", calls.options->filter, "terms joined by AND");
  calls.app->add_option("--ahead", calls.options->ahead, "also calls due within so many days")
      ->check(CLI::Range(0, 36'500));
  AddLimit(calls);
}

}  // namespace valueloop::cli

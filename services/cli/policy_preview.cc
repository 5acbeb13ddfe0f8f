#include "cli/policy_preview.h"

#include <ostream>

#include "cli/labels.h"
#include "cli/migration_table.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/scoring/v1/simulation.pb.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::cli {
namespace {

using scoring::v1::PolicyMover;
using scoring::v1::PolicyPreview;

// The change that moved the class most: of match if there is one, else of value.
// The largest change. That a match starts at all says nothing of this customer, so it comes last.
std::string WhyOf(const PolicyMover& mover) {
  for (const auto& change : mover.match_changes()) {
    if (change.code() != "MATCH_BASE") return change.text();
  }
  if (mover.value_changes_size() > 0) return mover.value_changes(0).text();
  return mover.match_changes_size() > 0 ? mover.match_changes(0).text() : "";
}

void PrintMovers(Context& context, const PolicyPreview& preview) {
  if (preview.movers_size() == 0) return;
  Table table({{context.T("客户", "CUSTOMER")},
               {context.T("现在", "NOW")},
               {context.T("将是", "THEN")},
               {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
               {context.T("将是", "THEN"), Table::Align::kRight},
               {context.T("主要原因", "MAIN REASON")}});
  for (const PolicyMover& mover : preview.movers()) {
    table.AddRow({SegmentAfter(mover.customer(), "customers"),
                  ClassLabel(context, mover.before().customer_class()),
                  ClassLabel(context, mover.after().customer_class()), ExpectedOf(mover.before()),
                  ExpectedOf(mover.after()), WhyOf(mover)});
  }
  context.out() << '\n';
  table.Print(context.out(), context.color_wanted());
}

void PrintPreview(Context& context, const PolicyPreview& preview) {
  PrintMatrix(context, preview.cells());
  context.out() << fmt::format(
      fmt::runtime(context.T("{} 位客户将改变类别，涉及预期价值 {}；合计 {} → {}\n",
                             "{} customers would change class, with an expected value of {}; the "
                             "sum {} -> {}\n")),
      Number(preview.moved_count(), 0), Number(preview.moved_value()),
      Number(preview.expected_value_before()), Number(preview.expected_value_after()));
  context.out() << fmt::format(
      fmt::runtime(context.T("其中 {} 位将无法分类（预期价值 {}）\n",
                             "{} of them could no longer be classed (expected value {})\n")),
      Number(preview.new_unknown_count(), 0), Number(preview.new_unknown_value()));
  PrintSample(context, preview.scored_count(), preview.customer_count());
  PrintMovers(context, preview);
  context.out() << context.T("没有保存任何内容\n", "nothing was stored\n");
}

}  // namespace

std::string PlanName(const Context& context, const std::string& plan) {
  const size_t at = plan.rfind('@');
  if (at == std::string::npos) return context.Name("plans/" + plan);
  return context.Name(fmt::format("plans/{}/versions/{}", plan.substr(0, at), plan.substr(at + 1)));
}

absl::StatusOr<int> PreviewPlan(Context& context, const PreviewOptions& options) {
  strategy::v1::GetPlanRequest draft;
  draft.set_name(PlanName(context, options.plan));
  strategy::v1::Publication publication;
  VL_RETURN_IF_ERROR(context.Call(Target::kStrategy,
                                  "valueloop.strategy.v1.StrategyService/PreviewPublication", draft,
                                  &publication));
  if (!publication.has_scoring_policy()) {
    return absl::FailedPreconditionError(
        fmt::format("{}: got no match_criteria in any business design, want one: publishing it "
                    "changes no score",
                    publication.plan_version()));
  }
  scoring::v1::PreviewPolicyRequest request;
  request.set_parent(context.Parent());
  *request.mutable_policy() = publication.scoring_policy();
  request.set_mover_count(options.movers);
  request.set_sample_size(options.sample);
  request.set_language_code(context.T("zh", "en"));
  PolicyPreview preview;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.scoring.v1.SimulationService/PreviewPolicy", request, &preview));
  VL_RETURN_IF_ERROR(Print(context, preview, [&] { PrintPreview(context, preview); }));
  return kDone;
}

}  // namespace valueloop::cli

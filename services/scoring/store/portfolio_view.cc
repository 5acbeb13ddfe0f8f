#include "scoring/store/portfolio_view.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/status.h"
#include "scoring/domain/summary.h"
#include "scoring/store/attribute_text.h"

namespace valueloop::scoring {

std::vector<RfmRanks> RanksOf(const RfmSettings& settings, const PortfolioView& view) {
  std::vector<RfmValues> values;
  values.reserve(view.customers.size());
  for (const CustomerProfile& profile : view.customers) values.push_back(profile.rfm());
  return RankRfm(settings, values);
}

absl::Status EvaluateAll(
    const CompiledSegmentation& segmentation, const PortfolioView& view,
    const std::vector<RfmRanks>& ranks,
    absl::FunctionRef<absl::Status(size_t, std::span<const PredicateOutcome>)> on_customer) {
  std::vector<PredicateOutcome> outcomes(segmentation.size());
  std::optional<AttributeValue> found;
  SegmentSubject subject;
  subject.attributes = [&](std::string_view name) -> const AttributeValue* {
    found = FindAttribute(subject.profile->attributes, name);
    return found ? &*found : nullptr;
  };
  for (size_t i = 0; i < view.customers.size(); ++i) {
    subject.profile = &view.customers[i];
    subject.ranks = ranks[i];
    segmentation.Evaluate(subject, outcomes);
    VL_RETURN_IF_ERROR(on_customer(i, outcomes));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const PortfolioView>> PortfolioViews::Get(
    const Workspace& workspace, absl::CivilDay as_of, absl::FunctionRef<bool()> stop) {
  // Read before the customers, so that what is kept is never newer than its key says.
  const int64_t forget_count = ForgetCount();
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, ledger_.GetTotals(workspace.id));
  VL_ASSIGN_OR_RETURN(const auto versions, versions_.Get(workspace.id));
  const ViewKey key{.workspace = workspace.id,
                    .as_of = as_of,
                    .change_sequence = totals.change_sequence,
                    .version_sequence = versions->numbers.sequence};
  if (auto view = Find(key)) return view;
  const MutexLock building(build_mutex_);
  if (auto view = Find(key)) return view;  // Whoever came before was after the same.
  VL_ASSIGN_OR_RETURN(std::shared_ptr<const PortfolioView> view,
                      Build(workspace, key, *versions, stop));
  Keep(view, forget_count);
  return view;
}

absl::StatusOr<std::shared_ptr<const PortfolioView>> PortfolioViews::Build(
    const Workspace& workspace, const ViewKey& key, const VersionSet& versions,
    absl::FunctionRef<bool()> stop) {
  auto view = std::make_shared<PortfolioView>();
  view->key = key;
  view->versions = versions.numbers;
  VL_RETURN_IF_ERROR(
      scorer_.ScoreAll(workspace, versions, key.as_of,
                       [&](const CustomerRecord& record, const Score& score) -> absl::Status {
                         if (stop()) return absl::CancelledError("portfolio: nobody waits for it");
                         const std::optional<absl::CivilDay> first = FirstEventDay(record.summary);
                         if (!first || *first > key.as_of) return absl::OkStatus();
                         CustomerProfile& profile =
                             view->customers.emplace_back(ProfileOf(record.customer_id, score));
                         profile.attributes = EncodeAttributes(record.summary, key.as_of);
                         return absl::OkStatus();
                       }));
  return view;
}

std::shared_ptr<const PortfolioView> PortfolioViews::Find(const ViewKey& key) {
  const MutexLock lock(mutex_);
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& view) { return view->key == key; });
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, found);
  return kept_.front();
}

int64_t PortfolioViews::ForgetCount() {
  const MutexLock lock(mutex_);
  return forget_count_;
}

void PortfolioViews::Forget(const std::string& workspace) {
  const MutexLock lock(mutex_);
  ++forget_count_;
  kept_.remove_if([&](const auto& view) { return view->key.workspace == workspace; });
}

void PortfolioViews::Keep(std::shared_ptr<const PortfolioView> view, int64_t forget_count) {
  const MutexLock lock(mutex_);
  if (forget_count_ != forget_count) return;
  kept_.push_front(std::move(view));
  size_t customers = 0;
  const auto beyond = std::find_if(kept_.begin(), kept_.end(), [&](const auto& one) {
    customers += one->customers.size() + 1;
    return customers > kMaxKeptCustomers;
  });
  kept_.erase(beyond, kept_.end());
}

}  // namespace valueloop::scoring

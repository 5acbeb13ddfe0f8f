#include "scoring/rpc/insight_scope.h"

#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/predicate.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/rpc/day_field.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kScanPage = 500;
constexpr int kMaxDays = 36'500;
constexpr std::string_view kWorkspacePattern = "workspaces/*";
constexpr std::string_view kCustomerPattern = "workspaces/*/customers/*";

bool HasEventBy(const CustomerSummary& summary, absl::CivilDay day) {
  const std::optional<absl::CivilDay> first = FirstEventDay(summary);
  return first.has_value() && *first <= day;
}

bool IsTrue(const Predicate& predicate, const CustomerSummary& summary, absl::CivilDay as_of) {
  const auto attributes = AttributesAsOf(summary, as_of);
  const auto lookup = [&attributes](std::string_view name) -> const AttributeValue* {
    for (const auto& [known, value] : attributes) {
      if (known == name) return value;
    }
    return nullptr;
  };
  return predicate.Evaluate(lookup) == PredicateOutcome::kTrue;
}

absl::Status Cancelled() { return absl::CancelledError("insight: nobody waits for it"); }

}  // namespace

absl::StatusOr<int> ParseDays(std::string_view field, int32_t days, int default_days) {
  if (days == 0) return default_days;
  if (days >= 1 && days <= kMaxDays) return days;
  return InvalidField(field, fmt::format("{}", days), fmt::format("1..{}, or 0", kMaxDays));
}

absl::StatusOr<InsightScope> InsightScope::Open(const InsightSources& sources,
                                                const ScopeQuestion& question,
                                                std::function<bool()> stop) {
  using Of = ScopeQuestion::Of;
  InsightScope scope(sources);
  scope.stop_ = std::move(stop);
  const bool names_customer =
      question.of == Of::kCustomer ||
      (question.of == Of::kBoth && question.parent.find("/customers/") != std::string_view::npos);
  VL_ASSIGN_OR_RETURN(
      const std::vector<std::string> parts,
      ParseResourceName("parent", names_customer ? kCustomerPattern : kWorkspacePattern,
                        question.parent));
  VL_ASSIGN_OR_RETURN(scope.workspace_, sources.workspaces.Get(parts[0]));
  VL_ASSIGN_OR_RETURN(scope.as_of_, ParsePastDayField("as_of", question.as_of,
                                                      sources.workspaces.Today(scope.workspace_)));
  if (names_customer) {
    if (!question.predicate.empty()) {
      return InvalidField("predicate", question.predicate, "nothing beside a customer");
    }
    VL_RETURN_IF_ERROR(ValidateCustomerId("parent", parts[1]));
    VL_ASSIGN_OR_RETURN(const CustomerRecord record,
                        sources.ledger.GetSummary(scope.workspace_.id, parts[1]));
    scope.customer_id_ = record.customer_id;
    return scope;
  }
  if (question.predicate.empty()) return scope;
  absl::StatusOr<Predicate> predicate = Predicate::Parse(question.predicate);
  if (!predicate.ok()) {
    return InvalidField("predicate", question.predicate, MessageOf(predicate.status()));
  }
  std::unordered_set<std::string> members;
  VL_RETURN_IF_ERROR(scope.Scan([&](const CustomerRecord& record) {
    if (IsTrue(*predicate, record.summary, scope.as_of_)) members.insert(record.customer_id);
    return absl::OkStatus();
  }));
  scope.members_ = std::move(members);
  return scope;
}

InsightScope InsightScope::OfEverybody() const {
  InsightScope scope = *this;
  scope.customer_id_.reset();
  scope.members_.reset();
  return scope;
}

int32_t InsightScope::last_day() const { return DayNumber(as_of_); }

absl::StatusOr<int64_t> InsightScope::CountCustomers() const {
  if (members_.has_value()) return static_cast<int64_t>(members_->size());
  if (!customer_id_.has_value()) {
    VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources_.ledger.GetTotals(workspace_.id));
    if (!totals.last_day.has_value() || *totals.last_day <= as_of_) return totals.customer_count;
  }
  int64_t count = 0;
  VL_RETURN_IF_ERROR(ForEachCustomer([&count](const CustomerRecord&) {
    ++count;
    return absl::OkStatus();
  }));
  return count;
}

absl::Status InsightScope::Scan(
    absl::FunctionRef<absl::Status(const CustomerRecord&)> on_record) const {
  std::string after;
  while (true) {
    if (stop_()) return Cancelled();
    std::vector<CustomerRecord> page;
    VL_RETURN_IF_ERROR(sources_.ledger.ScanSummaries(workspace_.id, after, kScanPage,
                                                     [&page](CustomerRecord&& record) {
                                                       page.push_back(std::move(record));
                                                       return absl::OkStatus();
                                                     }));
    if (page.empty()) return absl::OkStatus();
    after = page.back().customer_id;
    for (const CustomerRecord& record : page) {
      if (HasEventBy(record.summary, as_of_)) VL_RETURN_IF_ERROR(on_record(record));
    }
  }
}

absl::Status InsightScope::ForEachCustomer(
    absl::FunctionRef<absl::Status(const CustomerRecord&)> on_record) const {
  if (customer_id_.has_value()) {
    VL_ASSIGN_OR_RETURN(const CustomerRecord record,
                        sources_.ledger.GetSummary(workspace_.id, *customer_id_));
    return HasEventBy(record.summary, as_of_) ? on_record(record) : absl::OkStatus();
  }
  return Scan([&](const CustomerRecord& record) {
    return Includes(record.customer_id) ? on_record(record) : absl::OkStatus();
  });
}

absl::Status InsightScope::ForEachEvent(std::span<const EventKind> kinds, OnEvent on_event) const {
  const int64_t before = EndOfDayMicros(as_of_, workspace_.time_zone);
  const auto each = [&](const StoredEvent& stored, const Event& event) -> absl::Status {
    if (stop_()) return Cancelled();
    if (!Includes(stored.customer_id)) return absl::OkStatus();
    return on_event(stored, event, DayNumber(DayOf(event.occurred_micros, workspace_.time_zone)));
  };
  if (customer_id_.has_value()) {
    return sources_.events.OfCustomer(workspace_.id, *customer_id_, kinds, before, each);
  }
  return sources_.events.All(workspace_.id, kinds, before, each);
}

}  // namespace valueloop::scoring

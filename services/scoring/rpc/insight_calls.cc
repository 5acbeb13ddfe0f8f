#include "scoring/rpc/insight_calls.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/domain/insight/buying_centre.h"
#include "scoring/rpc/score_filter.h"
#include "scoring/rpc/score_proto.h"
#include "scoring/rpc/snapshot_proto.h"

namespace valueloop::scoring {
namespace {

constexpr std::array kContacts = {EventKind::kContact};
constexpr int64_t kAllRows = std::numeric_limits<int64_t>::max();
constexpr size_t kSummaryChunk = 500;
constexpr int kMaxAheadDays = 36'500;

// What a page token holds; snapshot 0: the first page.
struct Place {
  int64_t snapshot = 0;
  size_t offset = 0;
  std::string as_of;
};

template <typename T>
bool ParseWhole(std::string_view text, T& out) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && stop == text.data() + text.size();
}

absl::StatusOr<Place> ParsePlace(const std::string& key, const v1::ListCallsRequest& request) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParsePageToken(key, request.page_token()));
  Place place{.as_of = request.as_of()};
  if (parts.empty()) return place;
  if (parts.size() != 3 || !ParseWhole(parts[0], place.snapshot) ||
      !ParseWhole(parts[1], place.offset)) {
    return InvalidField("page_token", request.page_token(), "one from the previous page");
  }
  place.as_of = parts[2];
  return place;
}

// The day of each customer's latest contact that was more than a note.
absl::StatusOr<std::unordered_map<std::string, int32_t>> ReadContacts(const InsightScope& scope) {
  std::unordered_map<std::string, int32_t> days;
  VL_RETURN_IF_ERROR(scope.ForEachEvent(
      kContacts, [&](const StoredEvent& stored, const Event& event, int32_t day) {
        if (!IsMeeting(std::get<Contact>(event.payload))) return absl::OkStatus();
        const auto [place, is_new] = days.try_emplace(stored.customer_id, day);
        place->second = std::max(place->second, day);
        return absl::OkStatus();
      }));
  return days;
}

// First event days of those without a contact; customers with none by as_of leave the list.
absl::StatusOr<std::vector<Call>> WithDueDays(const InsightSources& sources,
                                              const InsightScope& scope, std::vector<Call> calls,
                                              int ahead_days) {
  std::vector<Call> due;
  const int32_t as_of = scope.last_day();
  for (size_t begin = 0; begin < calls.size(); begin += kSummaryChunk) {
    const size_t end = std::min(begin + kSummaryChunk, calls.size());
    std::vector<std::string> ids;
    for (size_t i = begin; i < end; ++i) {
      if (!calls[i].last_contact_day) ids.push_back(calls[i].customer_id);
    }
    VL_ASSIGN_OR_RETURN(const auto records, sources.ledger.GetSummaries(scope.workspace().id, ids));
    auto record = records.begin();
    for (size_t i = begin; i < end; ++i) {
      std::optional<absl::CivilDay> first_day;
      if (!calls[i].last_contact_day) {
        if (*record) first_day = FirstEventDay((*record)->summary);
        ++record;
        if (!first_day || *first_day > scope.as_of()) continue;
      }
      SetDue(calls[i], first_day ? DayNumber(*first_day) : 0, as_of);
      if (calls[i].overdue_days >= -ahead_days) due.push_back(std::move(calls[i]));
    }
  }
  std::ranges::sort(due, IsBefore);
  return due;
}

absl::StatusOr<CallList> MakeList(const InsightSources& sources, const InsightScope& scope,
                                  const Snapshot& snapshot, const ScoringPolicy& policy,
                                  const ScoreFilter& filter, int ahead_days) {
  VL_ASSIGN_OR_RETURN(const auto contacts, ReadContacts(scope));
  CallList list;
  std::vector<Call> calls;
  VL_RETURN_IF_ERROR(sources.snapshots.Scan(
      scope.workspace().id, snapshot.id, "", kAllRows, [&](const SnapshotRow& row) {
        if (!filter.Matches(row)) return absl::OkStatus();
        const int cadence = policy.treatments[static_cast<size_t>(row.customer_class)].cadence_days;
        if (cadence <= 0) {
          ++list.without_cadence_count;
          return absl::OkStatus();
        }
        Call& call = calls.emplace_back();
        call.customer_id = row.customer_id;
        call.customer_class = row.customer_class;
        call.cadence_days = cadence;
        call.expected_value = row.expected_value;
        call.value_at_stake = row.value_at_stake;
        if (const auto found = contacts.find(row.customer_id); found != contacts.end()) {
          call.last_contact_day = found->second;
        }
        return absl::OkStatus();
      }));
  VL_ASSIGN_OR_RETURN(list.calls, WithDueDays(sources, scope, std::move(calls), ahead_days));
  for (const Call& call : list.calls) {
    if (call.overdue_days < 0) continue;
    ++list.due_count;
    list.due_expected_value += call.expected_value.value_or(0);
  }
  return list;
}

std::string DayText(int32_t day) { return absl::FormatCivilTime(DayFromNumber(day)); }

void CallToProto(const std::string& workspace, const Call& call, const ScoringPolicy& policy,
                 v1::Call& out) {
  out.set_customer(fmt::format("workspaces/{}/customers/{}", workspace, call.customer_id));
  out.set_customer_class(ToProto(call.customer_class));
  if (call.last_contact_day) out.set_last_contact_day(DayText(*call.last_contact_day));
  out.set_cadence_days(call.cadence_days);
  out.set_due_day(DayText(call.due_day));
  out.set_overdue_days(call.overdue_days);
  if (call.expected_value) out.set_expected_value(*call.expected_value);
  if (call.value_at_stake) out.set_value_at_stake(*call.value_at_stake);
  if (call.priority) out.set_priority(*call.priority);
  const Treatment& treatment = policy.treatments[static_cast<size_t>(call.customer_class)];
  out.set_treatment_zh(treatment.text_zh);
  out.set_treatment_en(treatment.text_en);
}

}  // namespace

void CallLists::OnChanged(const std::string&, const std::vector<std::string>&) {
  const MutexLock lock(mutex_);
  ++changes_;
  kept_key_.clear();
  kept_.reset();
}

absl::Status CallLists::Answer(const InsightSources& sources, std::function<bool()> stop,
                               const v1::ListCallsRequest& request,
                               v1::ListCallsResponse& response) {
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const ScoreFilter filter, ScoreFilter::Parse(request.filter()));
  if (request.ahead_days() < 0 || request.ahead_days() > kMaxAheadDays) {
    return InvalidField("ahead_days", fmt::format("{}", request.ahead_days()),
                        fmt::format("0..{}", kMaxAheadDays));
  }
  const std::string key = fmt::format("{}\n{}\n{}\n{}", request.parent(), request.as_of(),
                                      request.ahead_days(), request.filter());
  VL_ASSIGN_OR_RETURN(const Place place, ParsePlace(key, request));
  VL_ASSIGN_OR_RETURN(
      const InsightScope scope,
      InsightScope::Open(
          sources,
          {.parent = request.parent(), .as_of = place.as_of, .of = ScopeQuestion::Of::kWorkspace},
          std::move(stop)));
  const std::string& workspace = scope.workspace().id;
  VL_ASSIGN_OR_RETURN(const Snapshot snapshot,
                      place.snapshot == 0 ? sources.snapshots.RequireNewest(workspace)
                                          : sources.snapshots.Get(workspace, place.snapshot));
  VL_ASSIGN_OR_RETURN(const auto versions,
                      sources.versions.Get(workspace, {.policy = snapshot.policy_version}));
  const ScoringPolicy& policy = versions->policy->policy();
  // Before the ledger is read, so that what is kept is never newer than its key says.
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources.ledger.GetTotals(workspace));
  const std::string kept_key =
      fmt::format("{}\n{}\n{}\n{}", snapshot.id, totals.change_sequence, scope.as_of_text(), key);
  std::shared_ptr<const CallList> list;
  int64_t changes = 0;
  {
    const MutexLock lock(mutex_);
    changes = changes_;
    if (kept_key_ == kept_key) list = kept_;
  }
  if (list == nullptr) {
    VL_ASSIGN_OR_RETURN(CallList made,
                        MakeList(sources, scope, snapshot, policy, filter, request.ahead_days()));
    list = std::make_shared<const CallList>(std::move(made));
    const MutexLock lock(mutex_);
    if (changes == changes_) {
      kept_key_ = kept_key;
      kept_ = list;
    }
  }
  const size_t end = std::min(place.offset + static_cast<size_t>(page_size), list->calls.size());
  for (size_t i = place.offset; i < end; ++i) {
    v1::Call& call = *response.add_calls();
    CallToProto(workspace, list->calls[i], policy, call);
    call.set_rank(static_cast<int32_t>(i + 1));
  }
  if (end < list->calls.size()) {
    response.set_next_page_token(MakePageToken(
        key, {fmt::format("{}", snapshot.id), fmt::format("{}", end), scope.as_of_text()}));
  }
  SnapshotToProto(workspace, snapshot, *response.mutable_snapshot());
  response.set_total_count(static_cast<int64_t>(list->calls.size()));
  response.set_due_count(list->due_count);
  response.set_due_expected_value(list->due_expected_value);
  response.set_without_cadence_count(list->without_cadence_count);
  response.set_policy_version(snapshot.policy_version);
  return absl::OkStatus();
}

}  // namespace valueloop::scoring

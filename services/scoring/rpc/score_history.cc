#include "scoring/rpc/score_history.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/change_points.h"
#include "scoring/domain/civil_day.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/event_text.h"
#include "scoring/rpc/simulation_proto.h"

namespace valueloop::scoring {
namespace {

constexpr size_t kMaxDaysPerCall = 400;
constexpr int kMaxListedEvents = 20;

// Where a page starts: the day from which it looks on, and how many changes of the next day with
// any were on the page before.
struct HistoryPlace {
  absl::CivilDay day;
  size_t skip = 0;
};

absl::StatusOr<HistoryPlace> ParsePlace(const std::string& key, const std::string& token,
                                        absl::CivilDay first_day) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts, ParsePageToken(key, token));
  HistoryPlace place{.day = first_day};
  if (parts.empty()) return place;
  if (parts.size() == 2) {
    const std::string& count = parts[1];
    const auto [end, error] =
        std::from_chars(count.data(), count.data() + count.size(), place.skip);
    if (error == std::errc() && end == count.data() + count.size() &&
        absl::ParseCivilTime(parts[0], &place.day)) {
      return place;
    }
  }
  return InvalidField("page_token", token, "one from the previous page");
}

std::string KeyOf(v1::ListScoreChangesRequest request) {
  request.clear_page_token();
  request.clear_page_size();
  return request.SerializeAsString();
}

// Lists the events of one day that a customer's score depends on.
class EventLister {
 public:
  EventLister(LedgerStore& ledger, const Workspace& workspace, const CustomerCase& customer)
      : ledger_(ledger), workspace_(workspace), customer_(customer) {}

  absl::Status List(absl::CivilDay day, v1::ScoreChange& change) {
    int64_t count = 0;
    VL_RETURN_IF_ERROR(Add(customer_.customer_id, customer_.summary, day, count, change));
    for (const CaseNeighbour& neighbour : customer_.referred) {
      if (!neighbour.summary) continue;
      VL_RETURN_IF_ERROR(Add(neighbour.customer_id, *neighbour.summary, day, count, change));
    }
    AddClaims(customer_.claims, day, count, change);
    change.set_event_count(
        static_cast<int32_t>(std::min<int64_t>(count, std::numeric_limits<int32_t>::max())));
    return absl::OkStatus();
  }

 private:
  std::string NameOf(const std::string& customer_id) const {
    return fmt::format("workspaces/{}/customers/{}", workspace_.id, customer_id);
  }

  absl::Status Add(const std::string& customer_id, const CustomerSummary& summary,
                   absl::CivilDay day, int64_t& count, v1::ScoreChange& change) {
    int64_t own_count = 0;
    for (const DayTotal& total : summary.days) {
      if (total.day == DayNumber(day)) own_count += total.count;
    }
    count += own_count;
    const int64_t wanted = std::min<int64_t>(own_count, kMaxListedEvents - change.events_size());
    if (wanted <= 0) return absl::OkStatus();
    const EventPlace before{.occurred_micros = EndOfDayMicros(day - 1, workspace_.time_zone) - 1,
                            .ledger_revision = std::numeric_limits<int64_t>::max()};
    VL_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                        ledger_.ListEvents(workspace_.id, customer_id, before, wanted));
    for (const StoredEvent& stored : events) {
      VL_ASSIGN_OR_RETURN(const Event event, DecodeStoredEvent(stored));
      v1::ChangeEvent& listed = *change.add_events();
      listed.set_customer(NameOf(customer_id));
      listed.set_source(stored.source);
      listed.set_event_id(stored.event_id);
      listed.set_kind(std::string(EventKindName(event.kind())));
    }
    return absl::OkStatus();
  }

  // Referrals of the customer are events of its referrers.
  void AddClaims(const std::vector<ReferralClaim>& claims, absl::CivilDay day, int64_t& count,
                 v1::ScoreChange& change) const {
    for (const ReferralClaim& claim : claims) {
      if (claim.day != DayNumber(day)) continue;
      ++count;
      if (change.events_size() >= kMaxListedEvents) continue;
      v1::ChangeEvent& listed = *change.add_events();
      listed.set_customer(NameOf(claim.referrer_id));
      listed.set_kind(std::string(EventKindName(EventKind::kReferral)));
    }
  }

  LedgerStore& ledger_;
  const Workspace& workspace_;
  const CustomerCase& customer_;
};

void ChangeToProto(const ScorePath& path, size_t step, std::string_view language_code,
                   v1::ScoreChange& out) {
  const Score& before = path.before(step);
  const Score& after = path.steps[step].after;
  out.set_day(DayText(after.provenance.as_of));
  out.set_cause(ToProto(path.steps[step].cause));
  ScorePointToProto(before, *out.mutable_before());
  ScorePointToProto(after, *out.mutable_after());
  out.set_class_changed(before.classification.customer_class !=
                        after.classification.customer_class);
  if (const std::optional<ReasonChange> main = MainReason(before, after)) {
    ReasonChangeToProto(*main, language_code, *out.mutable_main_reason());
  }
}

bool IsListed(const ScorePath& path, size_t step, bool class_changes_only) {
  const Score& before = path.before(step);
  const Score& after = path.steps[step].after;
  return class_changes_only
             ? before.classification.customer_class != after.classification.customer_class
             : !IsSameScore(before, after);
}

ScoreContext ExplainedContext(const VersionSet& versions, absl::CivilDay day) {
  ScoreContext context = ContextOf(versions, day, /*with_reasons=*/true);
  context.with_intervals = false;
  context.with_lifecycle = false;
  return context;
}

}  // namespace

absl::StatusOr<VersionTimeline> VersionTimeline::Make(const SimulationSources& sources,
                                                      const Workspace& workspace,
                                                      v1::VersionMode mode,
                                                      v1::VersionMode fallback,
                                                      const v1::VersionChoice& choice) {
  VersionTimeline timeline(sources, workspace);
  timeline.mode_ = mode == v1::VERSION_MODE_UNSPECIFIED ? fallback : mode;
  const WantedVersions wanted = WantedFromProto(choice);
  switch (timeline.mode_) {
    case v1::VERSION_MODE_FIXED: {
      VL_ASSIGN_OR_RETURN(timeline.fixed_, sources.versions.Get(workspace.id, wanted));
      return timeline;
    }
    case v1::VERSION_MODE_IN_FORCE: {
      if (wanted.model || wanted.policy || wanted.reference) {
        return InvalidField("versions", "some with version_mode IN_FORCE", "none, or mode FIXED");
      }
      VL_ASSIGN_OR_RETURN(timeline.log_, sources.version_store.ListActivations(workspace.id));
      return timeline;
    }
    default:
      return InvalidField("version_mode", std::to_string(mode), "IN_FORCE or FIXED");
  }
}

absl::StatusOr<std::shared_ptr<const VersionSet>> VersionTimeline::At(absl::CivilDay day) {
  if (fixed_ != nullptr) return fixed_;
  ActiveVersions active;
  const int64_t end = EndOfDayMicros(day, workspace_.time_zone);
  for (const VersionActivation& activation : log_) {
    if (activation.activate_micros >= end) break;
    active = activation.versions;
  }
  auto& set = sets_[{active.model, active.policy, active.reference}];
  if (set == nullptr) {
    VL_ASSIGN_OR_RETURN(
        set, sources_->versions.Get(
                 workspace_.id,
                 {.model = active.model, .policy = active.policy, .reference = active.reference}));
  }
  return set;
}

std::vector<absl::CivilDay> VersionTimeline::Changes(absl::CivilDay after,
                                                     absl::CivilDay until) const {
  std::vector<absl::CivilDay> days;
  for (const VersionActivation& activation : log_) {
    const absl::CivilDay day = DayOf(activation.activate_micros, workspace_.time_zone);
    if (day > after && day <= until) days.push_back(day);
  }
  return days;
}

absl::Status ListScoreChanges(const SimulationSources& sources, rpc::CallContext& context,
                              const v1::ListScoreChangesRequest& request,
                              v1::ListScoreChangesResponse& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*/customers/*", request.parent()));
  VL_RETURN_IF_ERROR(ValidateCustomerId("parent", parts[1]));
  VL_RETURN_IF_ERROR(CheckLanguage(request.language_code()));
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, sources.workspaces.Get(parts[0]));
  VL_ASSIGN_OR_RETURN(
      const absl::CivilDay last_day,
      ParsePastDayField("last_day", request.last_day(), sources.workspaces.Today(workspace)));
  VL_ASSIGN_OR_RETURN(const absl::CivilDay first_day,
                      ParseDayField("first_day", request.first_day()));
  if (first_day > last_day) {
    return InvalidField("first_day", request.first_day(),
                        fmt::format("last_day, {}, or earlier", DayText(last_day)));
  }
  const std::string key = KeyOf(request);
  VL_ASSIGN_OR_RETURN(HistoryPlace place, ParsePlace(key, request.page_token(), first_day));
  VL_ASSIGN_OR_RETURN(VersionTimeline timeline,
                      VersionTimeline::Make(sources, workspace, request.version_mode(),
                                            v1::VERSION_MODE_IN_FORCE, request.versions()));
  VL_ASSIGN_OR_RETURN(const CustomerCase customer, sources.scorer.LoadCase(workspace, parts[1]));

  std::set<absl::CivilDay> days;
  for (const auto& some : {DaysWithEvents(customer, place.day, last_day),
                           MonthEnds(place.day, last_day), timeline.Changes(place.day, last_day)}) {
    days.insert(some.begin(), some.end());
  }
  EventLister events(sources.ledger, workspace, customer);
  VL_ASSIGN_OR_RETURN(std::shared_ptr<const VersionSet> versions, timeline.At(place.day));
  if (request.page_token().empty()) {
    VL_ASSIGN_OR_RETURN(const Score start,
                        ComputeScore(ContextOf(*versions, first_day, false), customer));
    ScorePointToProto(start, *response.mutable_start());
  }
  const auto continue_at = [&](const HistoryPlace& at) {
    response.set_next_page_token(MakePageToken(key, {DayText(at.day), fmt::format("{}", at.skip)}));
    return absl::OkStatus();
  };
  size_t looked_at = 0;
  for (const absl::CivilDay day : days) {
    if (context.cancelled()) return absl::CancelledError("history: nobody waits for it");
    if (looked_at++ >= kMaxDaysPerCall) return continue_at(place);
    VL_ASSIGN_OR_RETURN(const std::shared_ptr<const VersionSet> next, timeline.At(day));
    VL_ASSIGN_OR_RETURN(const ScorePath path,
                        ExplainPath(customer, ExplainedContext(*versions, place.day),
                                    ExplainedContext(*next, day)));
    size_t listed = 0;
    for (size_t step = 0; step < path.steps.size(); ++step) {
      if (!IsListed(path, step, request.class_changes_only())) continue;
      if (listed++ < place.skip) continue;
      if (response.changes_size() == page_size) {
        place.skip = listed - 1;
        return continue_at(place);
      }
      v1::ScoreChange& change = *response.add_changes();
      ChangeToProto(path, step, request.language_code(), change);
      if (path.steps[step].cause == ChangeCause::kEvent) {
        VL_RETURN_IF_ERROR(events.List(day, change));
      }
    }
    place = {.day = day};
    versions = next;
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring

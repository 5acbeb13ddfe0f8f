#include "scoring/rpc/simulation_proto.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/rpc/event_proto.h"
#include "scoring/rpc/score_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int kMaxEvents = static_cast<int>(kMaxWhatIfEvents);

// Fills in what a hypothetical event may leave out.
void Complete(int index, const std::string& customer_id, int64_t last_micros, v1::Event& event) {
  if (event.customer_id().empty()) event.set_customer_id(customer_id);
  if (event.event_id().empty()) {
    if (event.source().empty()) event.set_source("what-if");
    event.set_event_id(fmt::format("what-if-{}", index + 1));
  }
  if (!event.has_occurred_time()) MicrosToProto(last_micros, *event.mutable_occurred_time());
}

absl::Status CheckEvent(const Event& event, const std::string& currency,
                        const std::string& customer_id, const Workspace& workspace,
                        absl::CivilDay as_of) {
  if (event.customer_id != customer_id) {
    return InvalidField("customer_id", event.customer_id, customer_id + ", or nothing");
  }
  if (!currency.empty() && currency != workspace.currency) {
    return InvalidField("currency", currency, workspace.currency + ", the workspace's, or none");
  }
  if (event.occurred_micros >= EndOfDayMicros(as_of, workspace.time_zone)) {
    return InvalidField(
        "occurred_time", DayText(DayOf(event.occurred_micros, workspace.time_zone)),
        fmt::format("{} or earlier: later events do not count as of then", DayText(as_of)));
  }
  return absl::OkStatus();
}

}  // namespace

std::string DayText(absl::CivilDay day) { return absl::FormatCivilTime(day); }

absl::Status CheckLanguage(const std::string& language_code) {
  if (language_code.empty() || language_code == "zh" || language_code == "en") {
    return absl::OkStatus();
  }
  return InvalidField("language_code", language_code, "zh, en or nothing");
}

WantedVersions WantedFromProto(const v1::VersionChoice& versions) {
  WantedVersions wanted;
  if (versions.has_model_version()) wanted.model = versions.model_version();
  if (versions.has_policy_version()) wanted.policy = versions.policy_version();
  if (versions.has_reference_version()) wanted.reference = versions.reference_version();
  return wanted;
}

std::optional<absl::CivilDay> LatestDay(const v1::WhatIf& what_if, const Workspace& workspace) {
  std::optional<absl::CivilDay> latest;
  for (const v1::Event& event : what_if.events()) {
    if (!event.has_occurred_time()) continue;
    const absl::StatusOr<int64_t> micros = MicrosFromProto("occurred_time", event.occurred_time());
    if (!micros.ok()) continue;  // Refused when it is read.
    const absl::CivilDay day = DayOf(*micros, workspace.time_zone);
    latest = latest ? std::max(*latest, day) : day;
  }
  return latest;
}

absl::StatusOr<WhatIf> WhatIfFromProto(const std::string& customer_id, const Workspace& workspace,
                                       absl::CivilDay as_of, v1::WhatIf& proto) {
  if (proto.events_size() > kMaxEvents) {
    return InvalidField("what_if.events", fmt::format("{} of them", proto.events_size()),
                        fmt::format("at most {}", kMaxEvents));
  }
  WhatIf what_if{.spend_change_percent = proto.spend_change_percent(),
                 .service_cost_change_percent = proto.service_cost_change_percent()};
  const int64_t last_micros = EndOfDayMicros(as_of, workspace.time_zone) - 1;
  std::set<std::pair<std::string, std::string>> ids;
  for (int i = 0; i < proto.events_size(); ++i) {
    v1::Event& event = *proto.mutable_events(i);
    const std::string field = fmt::format("what_if.events[{}]", i);
    Complete(i, customer_id, last_micros, event);
    absl::StatusOr<Event> converted = EventFromProto(event);
    if (!converted.ok()) return Annotate(converted.status(), field);
    VL_RETURN_IF_ERROR(
        Annotate(CheckEvent(*converted, event.currency(), customer_id, workspace, as_of), field));
    if (!ids.emplace(converted->source, converted->event_id).second) {
      return Annotate(InvalidField("event_id", converted->event_id, "one that is not used before"),
                      field);
    }
    what_if.events.push_back(*std::move(converted));
  }
  return what_if;
}

void WhatIfToProto(const WhatIf& what_if, v1::WhatIf& proto) {
  for (const Event& event : what_if.events) EventToProto(event, *proto.add_events());
  proto.set_spend_change_percent(what_if.spend_change_percent);
  proto.set_service_cost_change_percent(what_if.service_cost_change_percent);
}

void ReasonChangeToProto(const ReasonChange& change, std::string_view language_code,
                         v1::ReasonChange& proto) {
  proto.set_code(std::string(ReasonCodeName(change.code)));
  proto.set_subject(change.subject);
  proto.set_before(change.before);
  proto.set_after(change.after);
  proto.set_change(change.change);
  proto.set_displayed(change.displayed);
  if (!language_code.empty()) proto.set_text(RenderReasonChange(change, language_code));
  if (change.actual_before) proto.set_actual_before(*change.actual_before);
  if (change.actual_after) proto.set_actual_after(*change.actual_after);
}

void ReasonChangesToProto(std::span<const ReasonChange> changes, std::string_view language_code,
                          ReasonChangesProto& proto, size_t limit) {
  for (const ReasonChange& change : changes.first(std::min(limit, changes.size()))) {
    ReasonChangeToProto(change, language_code, *proto.Add());
  }
}

v1::ChangeCause ToProto(ChangeCause cause) {
  switch (cause) {
    case ChangeCause::kTime:
      return v1::CHANGE_CAUSE_TIME;
    case ChangeCause::kEvent:
      return v1::CHANGE_CAUSE_EVENT;
    case ChangeCause::kModel:
      return v1::CHANGE_CAUSE_MODEL;
    case ChangeCause::kPolicy:
      return v1::CHANGE_CAUSE_POLICY;
    case ChangeCause::kReference:
      return v1::CHANGE_CAUSE_REFERENCE;
  }
  return v1::CHANGE_CAUSE_UNSPECIFIED;
}

void ScorePointToProto(const Score& score, v1::ScorePoint& proto) {
  proto.set_as_of(DayText(score.provenance.as_of));
  proto.set_state(ToProto(score.state));
  proto.set_customer_class(ToProto(score.classification.customer_class));
  proto.set_realised_value(score.realised.total());
  if (score.expected) proto.set_expected_value(score.expected->total());
  if (score.classification.value_score) proto.set_value_score(*score.classification.value_score);
  if (score.match.score) proto.set_match_score(*score.match.score);
  if (score.alive_probability) proto.set_alive_probability(*score.alive_probability);
  proto.set_model_version(score.provenance.model_version);
  proto.set_policy_version(score.provenance.policy_version);
  proto.set_reference_version(score.provenance.reference_version);
}

void VersionsToProto(const ActiveVersions& versions, v1::ScoreVersions& proto) {
  proto.set_model_version(versions.model);
  proto.set_policy_version(versions.policy);
  proto.set_reference_version(versions.reference);
}

void CellToProto(std::optional<CustomerClass> from, CustomerClass to, const MoveTotals& totals,
                 v1::MigrationCell& proto) {
  if (from) proto.set_from_class(ToProto(*from));
  proto.set_is_new(!from.has_value());
  proto.set_to_class(ToProto(to));
  proto.set_customer_count(totals.count);
  proto.set_expected_value_before(totals.expected_before);
  proto.set_expected_value_after(totals.expected_after);
  proto.set_lost_count(totals.lost_count);
  proto.set_lost_value(totals.lost_value);
  proto.set_customer_count_error(totals.count_error);
  proto.set_value_change_error(totals.change_error);
}

}  // namespace valueloop::scoring

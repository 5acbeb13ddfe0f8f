#include "scoring/rpc/lift_answer.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/event_text.h"
#include "scoring/rpc/segment_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kScanPage = 500;
constexpr int64_t kEventPage = 500;

absl::Status CheckHours(const v1::LiftEvent& in) {
  if (in.has_first_hour() != in.has_last_hour()) {
    return InvalidField(in.has_first_hour() ? "event.last_hour" : "event.first_hour", "none",
                        "both hours or neither");
  }
  const auto check = [](std::string_view field, int hour) {
    if (hour >= 0 && hour <= 23) return absl::OkStatus();
    return InvalidField(field, fmt::format("{}", hour), "0..23");
  };
  VL_RETURN_IF_ERROR(check("event.first_hour", in.first_hour()));
  return check("event.last_hour", in.last_hour());
}

bool HasProduct(const Event& event, std::string_view product) {
  const auto* purchase = std::get_if<Purchase>(&event.payload);
  return purchase != nullptr &&
         std::any_of(purchase->items.begin(), purchase->items.end(),
                     [&](const PurchaseItem& item) { return item.product == product; });
}

bool HasOnSomeDay(const CustomerSummary& summary, const LiftEvent& event) {
  const int32_t first = DayNumber(event.first_day);
  const int32_t last = DayNumber(event.last_day);
  return std::any_of(summary.days.begin(), summary.days.end(), [&](const DayTotal& total) {
    return total.kind == event.kind && total.count > 0 && total.day >= first && total.day <= last &&
           event.CountsOn(DayFromNumber(total.day));
  });
}

absl::StatusOr<bool> HasEvent(LedgerStore& ledger, const Workspace& workspace,
                              const std::string& customer_id, const LiftEvent& event) {
  const int64_t end = EndOfDayMicros(event.last_day, workspace.time_zone);
  EventPlace after{.occurred_micros = EndOfDayMicros(event.first_day - 1, workspace.time_zone) - 1,
                   .ledger_revision = std::numeric_limits<int64_t>::max()};
  for (;;) {
    VL_ASSIGN_OR_RETURN(const std::vector<StoredEvent> page,
                        ledger.ListEvents(workspace.id, customer_id, after, kEventPage));
    for (const StoredEvent& stored : page) {
      if (stored.occurred_micros >= end) return false;
      after = {stored.occurred_micros, stored.ledger_revision};
      const absl::CivilSecond moment =
          absl::ToCivilSecond(absl::FromUnixMicros(stored.occurred_micros), workspace.time_zone);
      if (!event.CountsOn(absl::CivilDay(moment)) || !event.CountsAt(moment.hour())) continue;
      VL_ASSIGN_OR_RETURN(const Event decoded, DecodeStoredEvent(stored));
      if (decoded.kind() != event.kind) continue;
      if (event.product.empty() || HasProduct(decoded, event.product)) return true;
    }
    if (page.size() < static_cast<size_t>(kEventPage)) return false;
  }
}

// Which customers of the view have the event, in their order.
absl::StatusOr<std::vector<bool>> FindEvents(const LiftEvent& event, const PortfolioView& view,
                                             LedgerStore& ledger, const Workspace& workspace,
                                             Stop stop) {
  std::vector<bool> has_event(view.customers.size());
  size_t place = 0;
  std::string after;
  for (;;) {
    if (stop()) return absl::CancelledError("lift: nobody waits for it");
    int64_t read_count = 0;
    std::vector<size_t> undecided;
    VL_RETURN_IF_ERROR(
        ledger.ScanSummaries(workspace.id, after, kScanPage, [&](CustomerRecord&& record) {
          ++read_count;
          after = std::move(record.customer_id);
          while (place < view.customers.size() && view.customers[place].customer_id < after) {
            ++place;
          }
          const bool in_view =
              place < view.customers.size() && view.customers[place].customer_id == after;
          if (!in_view || !HasOnSomeDay(record.summary, event)) return absl::OkStatus();
          if (event.needs_events()) {
            undecided.push_back(place);
          } else {
            has_event[place] = true;
          }
          return absl::OkStatus();
        }));
    for (const size_t one : undecided) {
      if (stop()) return absl::CancelledError("lift: nobody waits for it");
      VL_ASSIGN_OR_RETURN(const bool found,
                          HasEvent(ledger, workspace, view.customers[one].customer_id, event));
      has_event[one] = found;
    }
    if (read_count == 0) return has_event;
  }
}

v1::LiftFinding ToProto(LiftFinding finding) {
  switch (finding) {
    case LiftFinding::kNotEnoughData:
      return v1::LIFT_FINDING_NOT_ENOUGH_DATA;
    case LiftFinding::kAbove:
      return v1::LIFT_FINDING_ABOVE;
    case LiftFinding::kBelow:
      return v1::LIFT_FINDING_BELOW;
    case LiftFinding::kUndecided:
      return v1::LIFT_FINDING_UNDECIDED;
  }
  return v1::LIFT_FINDING_UNSPECIFIED;
}

struct Counts {
  int64_t customers = 0;
  int64_t events = 0;
};

void RowToProto(const Counts& counts, const Counts& all, const LiftOptions& options,
                v1::LiftRow& out) {
  const Lift lift =
      ComputeLift(counts.events, counts.customers, all.events, all.customers, options);
  out.set_customer_count(counts.customers);
  out.set_event_customer_count(counts.events);
  if (lift.rate) {
    out.set_rate(lift.rate->rate);
    out.set_rate_low(lift.rate->low);
    out.set_rate_high(lift.rate->high);
  }
  if (lift.lift) {
    out.set_lift(lift.lift->rate);
    out.set_lift_low(lift.lift->low);
    out.set_lift_high(lift.lift->high);
  }
  out.set_finding(ToProto(lift.finding));
}

}  // namespace

bool LiftEvent::CountsOn(absl::CivilDay day) const {
  return weekdays[static_cast<size_t>(absl::GetWeekday(day))];
}

bool LiftEvent::CountsAt(int hour) const {
  if (!first_hour) return true;
  if (*first_hour <= *last_hour) return hour >= *first_hour && hour <= *last_hour;
  return hour >= *first_hour || hour <= *last_hour;  // Over midnight.
}

absl::StatusOr<LiftEvent> LiftEventFromProto(const v1::LiftEvent& in, absl::CivilDay today) {
  LiftEvent event{.product = in.product()};
  if (!in.kind().empty()) {
    const std::optional<EventKind> kind = ParseEventKind(in.kind());
    if (!kind) return InvalidField("event.kind", in.kind(), "a kind of event, such as PURCHASE");
    event.kind = *kind;
  }
  if (!event.product.empty() && event.kind != EventKind::kPurchase) {
    return InvalidField("event.product", in.product(), "none unless the kind is PURCHASE");
  }
  VL_ASSIGN_OR_RETURN(event.first_day, ParseDayField("event.first_day", in.first_day()));
  VL_ASSIGN_OR_RETURN(event.last_day, ParseDayField("event.last_day", in.last_day()));
  if (event.last_day < event.first_day) {
    return InvalidField("event.last_day", in.last_day(), "event.first_day or later");
  }
  VL_RETURN_IF_ERROR(ParsePastDayField("event.last_day", in.last_day(), today).status());
  event.weekdays.fill(in.weekdays().empty());
  for (const int32_t weekday : in.weekdays()) {
    if (weekday < 1 || weekday > 7) {
      return InvalidField("event.weekdays", fmt::format("{}", weekday), "1 (Monday) to 7");
    }
    event.weekdays[static_cast<size_t>(weekday - 1)] = true;
  }
  VL_RETURN_IF_ERROR(CheckHours(in));
  if (in.has_first_hour()) {
    event.first_hour = in.first_hour();
    event.last_hour = in.last_hour();
  }
  return event;
}

absl::StatusOr<LiftOptions> LiftOptionsFromProto(const v1::GetLiftRequest& request) {
  LiftOptions options;
  if (request.has_min_support()) options.min_support = request.min_support();
  if (request.has_confidence()) options.confidence = request.confidence();
  VL_RETURN_IF_ERROR(Validate(options));
  return options;
}

absl::Status AnswerLift(const LiftEvent& event, const LiftOptions& options,
                        const CompiledSegmentation& segmentation, const PortfolioView& view,
                        LedgerStore& ledger, const Workspace& workspace, Stop stop,
                        v1::LiftTable& out) {
  VL_ASSIGN_OR_RETURN(const std::vector<bool> has_event,
                      FindEvents(event, view, ledger, workspace, stop));
  Counts all;
  std::vector<Counts> by_segment(segmentation.size());
  const auto add = [](Counts& counts, bool has) {
    ++counts.customers;
    if (has) ++counts.events;
  };
  VL_RETURN_IF_ERROR(WalkSegments(segmentation, view, stop,
                                  [&](size_t place, std::span<const PredicateOutcome> outcomes) {
                                    add(all, has_event[place]);
                                    for (size_t i = 0; i < outcomes.size(); ++i) {
                                      if (outcomes[i] == PredicateOutcome::kTrue)
                                        add(by_segment[i], has_event[place]);
                                    }
                                  }));
  scoring::ToProto(view, *out.mutable_basis());
  RowToProto(all, all, options, *out.mutable_total());
  for (size_t i = 0; i < by_segment.size(); ++i) {
    const Segment& segment = segmentation.segmentation().segments[i];
    v1::LiftRow& row = *out.add_segments();
    row.set_segment_id(segment.id);
    row.set_name_zh(segment.name_zh);
    row.set_name_en(segment.name_en);
    RowToProto(by_segment[i], all, options, row);
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring

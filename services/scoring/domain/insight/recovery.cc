#include "scoring/domain/insight/recovery.h"

#include <algorithm>
#include <vector>

#include "scoring/domain/civil_day.h"
#include "scoring/domain/period.h"

namespace valueloop::scoring {
namespace {

// Days of complaints, rising, and the follow-up of each, as periods that do not overlap.
class FollowUps {
 public:
  explicit FollowUps(int follow_up_days) : follow_up_days_(follow_up_days) {}

  void Add(int32_t day) {
    const int32_t last = day + follow_up_days_;
    if (!periods_.empty() && day <= periods_.back().last) {
      periods_.back().last = last;
    } else {
      periods_.push_back({day, last});
    }
  }

  // Of the days after a complaint: on the day itself it may have been the cause.
  double Margin(const CustomerSummary& summary, double margin_ratio) const {
    double sum = 0;
    for (const Period& period : periods_) {
      sum += MarginBetween(summary, DayFromNumber(period.first + 1), DayFromNumber(period.last),
                           margin_ratio);
    }
    return sum;
  }
  double RemedyCost(const CustomerSummary& summary) const {
    double sum = 0;
    for (const Period& period : periods_) {
      sum += static_cast<double>(TotalOf(summary, EventKind::kRemedy, DayFromNumber(period.first),
                                         DayFromNumber(period.last))
                                     .amount_micros) /
             1e6;
    }
    return sum;
  }

 private:
  struct Period {
    int32_t first = 0;
    int32_t last = 0;
  };
  const int follow_up_days_;
  std::vector<Period> periods_;
};

}  // namespace

std::optional<double> ReturnOn(double gain, double cost) {
  if (!(cost > 0)) return std::nullopt;
  return (gain - cost) / cost;
}

std::optional<double> RecoveryGroupResult::kept_ratio() const {
  if (complaint_count == 0) return std::nullopt;
  return static_cast<double>(kept_count) / static_cast<double>(complaint_count);
}

bool RecoveryCollector::IsRemedied(const ComplaintRecord& complaint,
                                   std::span<const RemedyRecord> remedies) const {
  return std::ranges::any_of(remedies, [&](const RemedyRecord& remedy) {
    if (remedy.complaint_key != 0) return remedy.complaint_key == complaint.key;
    return remedy.day >= complaint.day && remedy.day <= complaint.day + options_.follow_up_days;
  });
}

void RecoveryCollector::Add(const CustomerSummary& summary,
                            std::span<const ComplaintRecord> complaints,
                            std::span<const RemedyRecord> remedies) {
  const absl::CivilDay first = options_.first_day();
  const auto served = TotalOf(summary, EventKind::kCostToServe, first, options_.as_of).count +
                      TotalOf(summary, EventKind::kRemedy, first, options_.as_of).count;
  if (served > 0) {
    result_.service_cost += ServiceCostBetween(summary, first, options_.as_of);
    result_.served_margin += MarginBetween(summary, first, options_.as_of, options_.margin_ratio);
  }
  std::vector<ComplaintRecord> judged;
  for (const ComplaintRecord& complaint : complaints) {
    if (complaint.day > DayNumber(options_.as_of)) continue;
    if (complaint.day > DayNumber(options_.last_day())) {
      ++result_.pending_count;
    } else if (complaint.day >= DayNumber(first)) {
      judged.push_back(complaint);
    }
  }
  if (judged.empty()) return;
  std::ranges::sort(judged, {}, &ComplaintRecord::day);
  FollowUps all(options_.follow_up_days);
  FollowUps remedied(options_.follow_up_days);
  FollowUps not_remedied(options_.follow_up_days);
  for (const ComplaintRecord& complaint : judged) {
    const bool is_remedied = IsRemedied(complaint, remedies);
    RecoveryGroupResult& group = is_remedied ? result_.remedied : result_.not_remedied;
    all.Add(complaint.day);
    (is_remedied ? remedied : not_remedied).Add(complaint.day);
    ++result_.all.complaint_count;
    ++group.complaint_count;
    const absl::CivilDay day = DayFromNumber(complaint.day);
    if (IsKept(summary, day, day + options_.follow_up_days)) {
      ++result_.all.kept_count;
      ++group.kept_count;
    }
  }
  result_.remedy_cost += all.RemedyCost(summary);
  result_.all.kept_margin += all.Margin(summary, options_.margin_ratio);
  result_.remedied.kept_margin += remedied.Margin(summary, options_.margin_ratio);
  result_.not_remedied.kept_margin += not_remedied.Margin(summary, options_.margin_ratio);
}

}  // namespace valueloop::scoring

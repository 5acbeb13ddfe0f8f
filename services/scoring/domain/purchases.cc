// PurchasesAsOf, PurchaseDaysAsOf (summary.h): purchase days after refunds.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "scoring/domain/civil_day.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;
constexpr double kDaysPerWeek = 7;

struct PurchaseDay {
  int32_t day = 0;
  int64_t gross_micros = 0;
  int64_t left_micros = 0;  // Gross less the refunds taken from this day.
  int64_t margined_micros = 0;
  int64_t margin_micros = 0;
};

class RefundAllocator {
 public:
  RefundAllocator(const CustomerSummary& summary, int32_t as_of, std::vector<PurchaseDay>& days)
      : as_of_(as_of), days_(days), previous_(days.size() + 1) {
    std::iota(previous_.begin(), previous_.end(), size_t{0});
    for (const PurchaseKey& purchase : summary.purchases) by_key_.push_back(purchase);
    std::sort(by_key_.begin(), by_key_.end(),
              [](const PurchaseKey& a, const PurchaseKey& b) { return a.key < b.key; });
  }

  // Refunds that name their purchase come first, so that none of the others can empty its day.
  void Allocate(const std::vector<RefundRecord>& refunds, PurchaseFacts& facts) {
    std::vector<RefundRecord> rest;
    for (const RefundRecord& refund : refunds) {
      if (refund.day > as_of_) break;
      facts.amount_micros -= refund.amount_micros;
      if (refund.has_margin) facts.known_margin_micros -= refund.margin_micros;
      RefundRecord open = refund;
      if (PurchaseDay* day = DayOfPurchase(refund.purchase_key)) Take(*day, open, facts);
      if (open.amount_micros > 0) rest.push_back(open);
    }
    for (RefundRecord& refund : rest) {
      while (refund.amount_micros > 0) {
        PurchaseDay* day = LatestWithMoney(refund.day);
        if (day == nullptr) break;
        Take(*day, refund, facts);
      }
      if (!refund.has_margin) facts.unmargined_amount_micros -= refund.amount_micros;
    }
  }

 private:
  static void Take(PurchaseDay& day, RefundRecord& refund, PurchaseFacts& facts) {
    const int64_t taken = std::min(refund.amount_micros, day.left_micros);
    if (taken == 0) return;
    day.left_micros -= taken;
    refund.amount_micros -= taken;
    if (refund.has_margin) return;
    const double share = static_cast<double>(taken) / static_cast<double>(day.gross_micros);
    const int64_t margined = std::llround(share * static_cast<double>(day.margined_micros));
    facts.known_margin_micros -= std::llround(share * static_cast<double>(day.margin_micros));
    facts.unmargined_amount_micros -= taken - margined;
  }

  PurchaseDay* DayOfPurchase(uint64_t key) const {
    const auto found =
        std::lower_bound(by_key_.begin(), by_key_.end(), key,
                         [](const PurchaseKey& purchase, uint64_t k) { return purchase.key < k; });
    if (key == 0 || found == by_key_.end() || found->key != key) return nullptr;
    const size_t end = EndOf(found->day);
    return end > 0 && days_[end - 1].day == found->day ? &days_[end - 1] : nullptr;
  }

  // The number of purchase days at or before `day`.
  size_t EndOf(int32_t day) const {
    const auto after =
        std::upper_bound(days_.begin(), days_.end(), day,
                         [](int32_t d, const PurchaseDay& purchase) { return d < purchase.day; });
    return static_cast<size_t>(after - days_.begin());
  }

  // previous_[i]: some j <= i such that the days j .. i - 1 have nothing left; shortened on the
  // way.
  PurchaseDay* LatestWithMoney(int32_t day) {
    const size_t start = EndOf(day);
    size_t end = start;
    while (end > 0 && days_[end - 1].left_micros == 0) {
      end = previous_[end] < end ? previous_[end] : end - 1;
    }
    for (size_t i = start; i > end;) {
      const size_t next = previous_[i] < i ? previous_[i] : i - 1;
      previous_[i] = end;
      i = next;
    }
    return end > 0 ? &days_[end - 1] : nullptr;
  }

  const int32_t as_of_;
  std::vector<PurchaseDay>& days_;
  std::vector<size_t> previous_;
  std::vector<PurchaseKey> by_key_;
};

bool IsEmptied(const PurchaseDay& day) { return day.gross_micros > 0 && day.left_micros == 0; }

void FillHistory(const std::vector<PurchaseDay>& days, int32_t as_of, PurchaseFacts& facts) {
  int32_t first = 0;
  int32_t last = 0;
  int32_t count = 0;
  int64_t repeat_spend_micros = 0;
  double log_gap_sum = 0;
  for (const PurchaseDay& day : days) {
    if (IsEmptied(day)) continue;
    if (count == 0) first = day.day;
    if (count > 0) log_gap_sum += std::log((day.day - last) / kDaysPerWeek);
    last = day.day;
    if (++count > 1 && day.left_micros > 0) {
      ++facts.spend.count;
      repeat_spend_micros += day.left_micros;
    }
  }
  if (count == 0) return;
  facts.first_day = DayFromNumber(first);
  facts.last_day = DayFromNumber(last);
  facts.history = PurchaseHistory{.repeat_count = count - 1,
                                  .last_weeks = (last - first) / kDaysPerWeek,
                                  .age_weeks = (as_of - first) / kDaysPerWeek};
  if (count > 1) facts.history->log_gap_sum = log_gap_sum;
  if (facts.spend.count > 0) {
    facts.spend.mean = static_cast<double>(repeat_spend_micros) / kMicros / facts.spend.count;
  }
}

// The days up to `as_of` after refunds; adds the sums to `facts`.
std::vector<PurchaseDay> DaysAfterRefunds(const CustomerSummary& summary, int32_t as_of,
                                          PurchaseFacts& facts) {
  std::vector<PurchaseDay> days;
  days.reserve(summary.days.size());
  for (const DayTotal& total : summary.days) {
    if (total.day > as_of) break;
    if (total.kind != EventKind::kPurchase) continue;
    days.push_back({.day = total.day,
                    .gross_micros = total.amount_micros,
                    .left_micros = total.amount_micros,
                    .margined_micros = total.margined_amount_micros,
                    .margin_micros = total.margin_micros});
    facts.purchase_count += total.count;
    facts.amount_micros += total.amount_micros;
    facts.known_margin_micros += total.margin_micros;
    facts.unmargined_amount_micros += total.amount_micros - total.margined_amount_micros;
  }
  if (!summary.refunds.empty()) {
    RefundAllocator(summary, as_of, days).Allocate(summary.refunds, facts);
  }
  return days;
}

}  // namespace

PurchaseFacts PurchasesAsOf(const CustomerSummary& summary, absl::CivilDay as_of) {
  const int32_t as_of_day = DayNumber(as_of);
  PurchaseFacts facts;
  FillHistory(DaysAfterRefunds(summary, as_of_day, facts), as_of_day, facts);
  return facts;
}

std::vector<int32_t> PurchaseDaysAsOf(const CustomerSummary& summary, absl::CivilDay as_of) {
  PurchaseFacts facts;
  std::vector<int32_t> kept;
  for (const PurchaseDay& day : DaysAfterRefunds(summary, DayNumber(as_of), facts)) {
    if (!IsEmptied(day)) kept.push_back(day.day);
  }
  return kept;
}

std::optional<PurchaseHistory> HistoryAsOf(const CustomerSummary& summary, absl::CivilDay as_of) {
  return PurchasesAsOf(summary, as_of).history;
}

}  // namespace valueloop::scoring

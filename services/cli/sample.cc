#include "cli/sample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "common/draw.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

using scoring::v1::Event;

constexpr double kRateShape = 0.6;
constexpr double kRateScaleWeeks = 4.0;
constexpr double kDropoutA = 0.8;
constexpr double kDropoutB = 2.8;
constexpr double kSpendP = 6.25;
constexpr double kSpendQ = 3.74;
constexpr double kSpendV = 61.76;
constexpr int kAcquisitionDays = 455;
constexpr int64_t kMicrosPerCent = 10'000;

constexpr std::array<const char*, 5> kOwners = {"li", "wang", "zhang", "chen", "zhao"};
constexpr std::array<const char*, 4> kTopics = {"signal", "billing", "installation", "handset"};

// Splitmix64: neighbouring numbers become unrelated seeds.
uint64_t Mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

std::string CustomerId(int64_t number) { return fmt::format("C-{:05}", number + 1); }

int64_t Micros(double amount) {
  return std::max<int64_t>(1, static_cast<int64_t>(amount * 100 + 0.5)) * kMicrosPerCent;
}

double Rounded(double value, double scale) { return std::floor(value * scale + 0.5) / scale; }

// One customer's life.
class Life {
 public:
  Life(const SampleOptions& options, int64_t number)
      : options_(options),
        number_(number),
        draw_(Mix(options.start_value * 0x100000001B3u + static_cast<uint64_t>(number))) {
    day_count_ = static_cast<int>(options.last_day - options.first_day) + 1;
    const double early = std::pow(draw_.Uniform(), 1.5);
    acquired_ = std::min(day_count_ - 1, static_cast<int>(early * kAcquisitionDays));
  }

  // Day of the first purchase, from 0.
  int acquired() const { return acquired_; }

  std::vector<Event> Events(const std::vector<int>& acquired_days) {
    AddAttributes();
    AddPurchases();
    AddReferrals(acquired_days);
    AddVoice();
    AddWork();
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
      return a.occurred_time().seconds() < b.occurred_time().seconds();
    });
    return std::move(events_);
  }

 private:
  // An event between 10:00 and 20:00 in China, which has no summer time.
  Event& Add(const char* kind, int day, int64_t second_of_day) {
    Event& event = events_.emplace_back();
    event.set_customer_id(CustomerId(number_));
    event.set_source("sample");
    event.set_event_id(fmt::format("{}-{}", kind, events_.size()));
    const int64_t days_since_1970 = (options_.first_day + day) - absl::CivilDay(1970, 1, 1);
    event.mutable_occurred_time()->set_seconds(days_since_1970 * 86'400 + second_of_day);
    return event;
  }
  Event& Add(const char* kind, int day) { return Add(kind, day, (2 + draw_.Below(10)) * 3'600); }

  int DayAfterAcquisition() {
    return acquired_ + static_cast<int>(draw_.Below(day_count_ - acquired_));
  }

  void AddText(const char* name, const std::string& value) {
    auto& change = *Add("attribute", acquired_, 7'200).mutable_attribute_change();
    change.set_attribute(name);
    change.mutable_value()->set_text(value);
  }
  void AddNumber(const char* name, double value) {
    auto& change = *Add("attribute", acquired_, 7'200).mutable_attribute_change();
    change.set_attribute(name);
    change.mutable_value()->set_number(value);
  }

  void AddAttributes() {
    const double segment = draw_.Uniform();
    segment_ = segment < 0.30 ? 1 : segment < 0.55 ? 2 : segment < 0.82 ? 3 : 4;
    const bool covered = draw_.Chance(0.75);
    const double signal = 0.90 + 0.10 * draw_.Beta(3, 1.6);
    const double on_time = 0.80 + 0.20 * draw_.Beta(4, 1.5);
    const auto owner = static_cast<size_t>(draw_.Below(static_cast<int64_t>(kOwners.size())));
    const bool unknown = draw_.Chance(0.05);
    const bool rated = draw_.Chance(0.75);
    const double need = 92 - 14 * segment_ + 15 * draw_.Normal();
    const int rated_day = DayAfterAcquisition();
    AddText("owner", kOwners[owner]);
    if (unknown) return;
    AddText("segment", fmt::format("SG{}", segment_));
    AddText("service_area", covered ? "covered" : "uncovered");
    AddNumber("signal_ok_ratio", Rounded(signal, 10'000));
    AddNumber("on_time_charge_ratio", Rounded(on_time, 1'000));
    if (!rated) return;
    auto& rating = *Add("rating", rated_day).mutable_match_rating();
    rating.set_criterion("m_need");
    rating.set_rating(std::clamp(std::floor(need), 0.0, 100.0));
    rating.set_rater(kOwners[owner]);
  }

  void AddPurchases() {
    const double rate = draw_.Gamma(kRateShape, kRateScaleWeeks);
    const double dropout = draw_.Beta(kDropoutA, kDropoutB);
    const double spend_scale = draw_.Gamma(kSpendQ, kSpendV);
    double week = 0;
    for (int count = 0; acquired_ + static_cast<int>(week * 7) < day_count_; ++count) {
      const int day = acquired_ + static_cast<int>(week * 7);
      Event& purchase = Add("purchase", day);
      const int64_t amount = Micros(draw_.Gamma(kSpendP, spend_scale));
      purchase.mutable_purchase()->set_amount_micros(amount);
      const std::string id = purchase.event_id();
      const int refund_day = day + 1 + static_cast<int>(draw_.Below(14));
      if (draw_.Chance(0.02) && refund_day < day_count_) {
        auto& refund = *Add("refund", refund_day).mutable_refund();
        refund.set_amount_micros(std::max(kMicrosPerCent, amount / 2));
        refund.set_purchase_event_id(id);
      }
      if (count > 0 && draw_.Chance(dropout)) return;
      // A rate near 0 never buys again; the bound keeps the sum finite.
      week += std::min(draw_.Exponential(rate), 10'000.0);
    }
  }

  void AddReferrals(const std::vector<int>& acquired_days) {
    if (!draw_.Chance(0.10)) return;
    const auto other = static_cast<size_t>(draw_.Below(static_cast<int64_t>(acquired_days.size())));
    if (acquired_days[other] <= acquired_) return;  // Was a customer before.
    auto& referral = *Add("referral", acquired_days[other]).mutable_referral();
    referral.set_referred_customer_id(CustomerId(static_cast<int64_t>(other)));
    referral.set_type(draw_.Chance(0.7) ? scoring::v1::Referral::TYPE_ONE
                                        : scoring::v1::Referral::TYPE_TWO);
    referral.set_incentive_micros(20 * 100 * kMicrosPerCent);
  }

  // What the customer says.
  void AddVoice() {
    if (draw_.Chance(0.08)) {
      const int day = DayAfterAcquisition();
      const auto topic = static_cast<size_t>(draw_.Below(static_cast<int64_t>(kTopics.size())));
      Event& complaint = Add("complaint", day);
      complaint.mutable_complaint()->set_topic(kTopics[topic]);
      const std::string id = complaint.event_id();
      if (draw_.Chance(0.6) && day + 1 < day_count_) {
        auto& remedy = *Add("remedy", day + 1).mutable_remedy();
        remedy.set_complaint_event_id(id);
        remedy.set_cost_micros((10 + draw_.Below(50)) * 100 * kMicrosPerCent);
      }
    }
    if (draw_.Chance(0.15)) {
      auto& feedback = *Add("feedback", DayAfterAcquisition()).mutable_feedback();
      feedback.set_nps(static_cast<int32_t>(std::clamp(8 + 2 * draw_.Normal(), 0.0, 10.0)));
      feedback.set_csat(static_cast<int32_t>(1 + draw_.Below(5)));
      auto& need = *feedback.add_needs();
      need.set_need("coverage");
      need.set_importance(static_cast<double>(5 + draw_.Below(6)));
      need.set_satisfaction(static_cast<double>(2 + draw_.Below(9)));
      feedback.set_phase(scoring::v1::TOUCHPOINT_PHASE_AFTER_SALE);
    }
    if (draw_.Chance(0.06)) {
      auto& information = *Add("information", DayAfterAcquisition()).mutable_information();
      information.set_kind("usage_survey");
      information.set_quality(Rounded(0.5 + 0.5 * draw_.Uniform(), 100));
      information.set_consent(draw_.Chance(0.9));
    }
    if (draw_.Chance(0.01)) {
      auto& knowledge = *Add("knowledge", DayAfterAcquisition()).mutable_knowledge();
      knowledge.set_benefit_micros((200 + draw_.Below(800)) * 100 * kMicrosPerCent);
      knowledge.set_attribution(0.5);
      knowledge.set_topic("self-service");
    }
  }

  // What we and our partners do.
  void AddWork() {
    if (draw_.Chance(0.20)) {
      auto& contact = *Add("contact", DayAfterAcquisition()).mutable_contact();
      contact.set_kind("CALL");
      contact.set_channel("PHONE");
      contact.set_minutes(static_cast<double>(3 + draw_.Below(20)));
    }
    if (draw_.Chance(0.10)) {
      auto& cost = *Add("cost", DayAfterAcquisition()).mutable_cost_to_serve();
      cost.set_amount_micros((5 + draw_.Below(30)) * 100 * kMicrosPerCent);
      cost.set_activity("visit");
    }
    if (draw_.Chance(0.01)) {
      auto& partner = *Add("partner", DayAfterAcquisition()).mutable_partner_transaction();
      partner.set_gain_micros((50 + draw_.Below(300)) * 100 * kMicrosPerCent);
      partner.set_partner("handset-maker");
    }
  }

  const SampleOptions& options_;
  const int64_t number_;
  Draw draw_;
  int day_count_ = 0;
  int acquired_ = 0;
  int segment_ = 0;
  std::vector<Event> events_;
};

}  // namespace

void GenerateSample(const SampleOptions& options, const std::function<void(const Event&)>& emit) {
  std::vector<int> acquired_days;
  for (int64_t i = 0; i < options.customer_count; ++i) {
    acquired_days.push_back(Life(options, i).acquired());
  }
  for (int64_t i = 0; i < options.customer_count; ++i) {
    for (const Event& event : Life(options, i).Events(acquired_days)) emit(event);
  }
}

}  // namespace valueloop::cli

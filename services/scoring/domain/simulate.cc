#include "scoring/domain/simulate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/random.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kCentMicros = 10'000;
constexpr int kLastJoinDays = 60;

constexpr std::array<const char*, 4> kSegments = {"SG1", "SG2", "SG3", "SG4"};
constexpr std::array<double, 4> kSegmentEnd = {.35, .55, .80, 1};
constexpr std::array<double, 4> kSegmentSpend = {1.3, 1.6, .8, .5};
constexpr std::array<const char*, 3> kRaters = {"li", "wang", "zhao"};
constexpr std::array<const char*, 3> kTopics = {"signal", "bill", "service"};

std::string CustomerId(int index) { return fmt::format("C{:07}", index + 1); }

int64_t CentsOf(double amount) {
  return std::max<int64_t>(std::llround(amount * 100), 1) * kCentMicros;
}

double Rounded(double value, double steps) { return std::round(value * steps) / steps; }

class Customer {
 public:
  Customer(const SimulationOptions& options, absl::TimeZone zone, int index)
      : options_(options),
        zone_(zone),
        index_(index),
        random_(options.start_value, Stream(index)) {}

  std::vector<Event> Live() {
    Join();
    Buy();
    Subscribe();
    Rate();
    Refer();
    for (absl::CivilDay day = joined_ + 7; day <= gone_; day += 7) LiveWeek(day);
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
      return a.occurred_micros < b.occurred_micros;
    });
    return std::move(events_);
  }

 private:
  static uint64_t Stream(int index) { return static_cast<uint64_t>(index); }

  // Another customer's joining day, the first draw of its stream.
  static absl::CivilDay JoinDay(const SimulationOptions& options, Random& random) {
    const int64_t days = options.last_day - options.first_day - kLastJoinDays;
    return options.first_day + random.Integer(0, days);
  }

  // Adds an event between 8:00 and 20:00 of the day.
  std::string Add(absl::CivilDay day, Payload payload) {
    const absl::CivilSecond time =
        absl::CivilSecond(day) + random_.Integer(8 * 3600, 20 * 3600 - 1);
    Event& event = events_.emplace_back();
    event.customer_id = CustomerId(index_);
    event.source = "sample";
    event.event_id = fmt::format("{}-{}", CustomerId(index_), events_.size());
    event.occurred_micros = absl::ToUnixMicros(absl::FromCivil(time, zone_));
    event.payload = std::move(payload);
    return event.event_id;
  }

  void Set(const char* name, AttributeValue value) {
    Add(joined_, AttributeChange{.name = name, .value = std::move(value)});
  }

  void Join() {
    joined_ = JoinDay(options_, random_);
    const double draw = random_.Uniform();
    while (draw > kSegmentEnd[segment_]) ++segment_;
    Set("segment", std::string(kSegments[segment_]));
    if (random_.Chance(.95)) {
      Set("service_area", std::string(random_.Chance(.8) ? "covered" : "uncovered"));
    }
    if (random_.Chance(.9)) Set("signal_ok_ratio", Rounded(random_.Uniform(.88, 1), 1000));
    if (random_.Chance(.9)) Set("on_time_charge_ratio", Rounded(random_.Uniform(.75, 1), 1000));
  }

  void Buy() {
    const double rate = random_.Gamma(.9, 6);
    const double leave = random_.Beta(.7, 3.5);
    const double mean_rate = random_.Gamma(4, 60);
    const bool with_margin = random_.Chance(.5);
    const double margin_ratio = random_.Uniform(.3, .5);
    absl::CivilDay day = joined_;
    gone_ = options_.last_day;
    for (int count = 0; day <= options_.last_day; ++count) {
      Purchase purchase{.amount_micros =
                            CentsOf(kSegmentSpend[segment_] * random_.Gamma(5, mean_rate))};
      if (with_margin) {
        purchase.margin_micros =
            CentsOf(static_cast<double>(purchase.amount_micros) / kMicros * margin_ratio);
      }
      const std::string id = Add(day, purchase);
      const absl::CivilDay refund_day = day + random_.Integer(1, 14);
      if (random_.Chance(.02) && refund_day <= options_.last_day) {
        Add(refund_day, Refund{.amount_micros = purchase.amount_micros, .purchase_event_id = id});
      }
      if (count > 0 && random_.Chance(leave)) {
        gone_ = day;
        return;
      }
      const double days = std::min(7 * random_.Exponential(std::max(rate, 1e-9)), 1e6);
      day += std::max<int64_t>(1, std::llround(days));
    }
  }

  void Subscribe() {
    if (!random_.Chance(.1)) return;
    const std::string id = fmt::format("{}-care", CustomerId(index_));
    const int64_t price = 19 * kMicros;
    Add(joined_, SubscriptionStart{.subscription_id = id, .price_micros = price});
    absl::CivilMonth month(joined_);
    while (true) {
      ++month;
      const absl::CivilDay due = absl::CivilDay(month) + std::min(joined_.day(), 28) - 1;
      if (due > options_.last_day) return;
      if (random_.Chance(.05)) {
        Add(due, SubscriptionStop{.subscription_id = id, .reason = "not renewed"});
        return;
      }
      Add(due, SubscriptionCharge{
                   .subscription_id = id, .amount_micros = price, .margin_micros = 12 * kMicros});
    }
  }

  void Rate() {
    if (!random_.Chance(.66)) return;
    const double true_match = random_.Uniform(20, 95);
    const int64_t raters = random_.Integer(1, 2);
    for (int64_t i = 0; i < raters; ++i) {
      const absl::CivilDay day = options_.last_day - random_.Integer(0, 300);
      const double rating = std::clamp(true_match + 8 * random_.Normal(), 0.0, 100.0);
      Add(std::max(day, joined_),
          MatchRating{.criterion = "m_need",
                      .rating = std::round(rating),
                      .rater = kRaters[static_cast<size_t>((index_ + i) % 3)]});
    }
  }

  void Refer() {
    if (!random_.Chance(.08) || index_ + 2 >= options_.customer_count) return;
    Random other(options_.start_value, Stream(index_ + 2));
    const absl::CivilDay day = JoinDay(options_, other) - 1;
    if (day < joined_) return;
    Add(day, Referral{.referred_customer_id = CustomerId(index_ + 2),
                      .type = random_.Chance(.7) ? ReferralType::kOne : ReferralType::kTwo,
                      .incentive_micros = 10 * kMicros});
  }

  void LiveWeek(absl::CivilDay day) {
    const size_t topic = static_cast<size_t>(random_.Integer(0, 2));
    if (random_.Chance(.02)) {
      Add(day, CostToServe{.amount_micros = CentsOf(random_.Uniform(2, 9)), .activity = "call"});
    }
    if (random_.Chance(.01)) {
      const std::string id = Add(day, Complaint{.topic = kTopics[topic]});
      if (random_.Chance(.5)) {
        Add(day, Remedy{.cost_micros = CentsOf(random_.Uniform(5, 30)), .complaint_event_id = id});
      }
    }
    if (random_.Chance(.01)) AddFeedback(day, kTopics[topic]);
    if (random_.Chance(.01)) {
      Add(day, Information{.information_kind = "need",
                           .quality = Rounded(random_.Uniform(.4, 1), 100),
                           .consent = random_.Chance(.9)});
    }
    if (random_.Chance(.003)) {
      Add(day,
          PartnerTransaction{.gain_micros = CentsOf(random_.Uniform(3, 40)), .partner = "mall"});
    }
    if (random_.Chance(.001)) {
      Add(day, Knowledge{.benefit_micros = CentsOf(random_.Uniform(100, 900)),
                         .attribution = Rounded(random_.Uniform(.1, .6), 100),
                         .topic = kTopics[topic]});
    }
    if (random_.Chance(.02)) {
      Add(day, Contact{.contact_kind = "care",
                       .channel = random_.Chance(.7) ? "phone" : "shop",
                       .person = kRaters[topic],
                       .minutes = static_cast<double>(random_.Integer(3, 25)),
                       .role = "agent"});
    }
  }

  void AddFeedback(absl::CivilDay day, const char* touchpoint) {
    const double mood = random_.Normal();
    const auto score = [&](double middle, double spread, double low, double high) {
      return std::clamp(std::round(middle + spread * mood + random_.Normal()), low, high);
    };
    Feedback feedback;
    feedback.nps = static_cast<int>(score(7.5, 2, 0, 10));
    feedback.csat = static_cast<int>(score(3.8, .8, 1, 5));
    feedback.ces = static_cast<int>(score(4.5, 1, 1, 7));
    for (const char* dimension : {"FUNCTIONAL", "EMOTIONAL", "SOCIAL", "ECONOMIC"}) {
      feedback.benefits.push_back({.dimension = dimension, .score = score(65, 15, 0, 100)});
    }
    for (const char* dimension : {"MONEY", "TIME"}) {
      feedback.costs.push_back({.dimension = dimension, .score = score(45, -10, 0, 100)});
    }
    feedback.touchpoint = touchpoint;
    feedback.phase = TouchpointPhase::kAfterSale;
    Add(day, std::move(feedback));
  }

  const SimulationOptions& options_;
  const absl::TimeZone zone_;
  const int index_;
  Random random_;
  absl::CivilDay joined_;
  absl::CivilDay gone_;
  size_t segment_ = 0;
  std::vector<Event> events_;
};

}  // namespace

absl::Status SimulateLedger(const SimulationOptions& options, absl::TimeZone zone,
                            const std::function<void(const Event&)>& sink) {
  if (options.customer_count < 1 || options.customer_count > 10'000'000) {
    return InvalidField("customer_count", fmt::format("{}", options.customer_count), "1..10000000");
  }
  if (options.last_day - options.first_day < 90) {
    return InvalidField("last_day", fmt::format("{} days", options.last_day - options.first_day),
                        "at least 90 days after first_day");
  }
  for (int index = 0; index < options.customer_count; ++index) {
    for (const Event& event : Customer(options, zone, index).Live()) sink(event);
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring

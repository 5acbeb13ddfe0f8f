#include "unit/scoring/domain/choice_fixtures.h"

#include <cmath>
#include <cstdlib>

#include "gtest/gtest.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

void Add(CustomerSummary& summary, absl::CivilDay day, Payload payload) {
  const Event event{
      .customer_id = "c",
      .source = "test",
      .event_id = std::to_string(EventCount(summary)),
      .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
      .payload = std::move(payload)};
  EXPECT_THAT(Apply(summary, event, absl::UTCTimeZone()), testing::IsOk());
}

void BuyFor(CustomerSummary& summary, absl::CivilDay day, double amount) {
  Add(summary, day, Purchase{.amount_micros = std::llround(amount * 1e6)});
}

}  // namespace

CustomerSummary BuyerOn(const std::vector<absl::CivilDay>& days) {
  CustomerSummary summary;
  for (const absl::CivilDay day : days) BuyFor(summary, day, 10);
  return summary;
}

void RefundOn(CustomerSummary& summary, absl::CivilDay day, int64_t amount) {
  Add(summary, day, Refund{.amount_micros = amount * 1'000'000});
}

std::map<std::string, CustomerSummary> ReadCdnow(const std::string& path) {
  std::map<std::string, CustomerSummary> customers;
  const std::string text = testing::ReadFileOrDie(path);
  for (size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    const size_t comma = line.find(',');
    absl::CivilDay day;
    EXPECT_TRUE(absl::ParseCivilTime(line.substr(comma + 1, 10), &day)) << line;
    BuyFor(customers[line.substr(0, comma)], day, std::strtod(line.c_str() + comma + 12, nullptr));
  }
  return customers;
}

HoldoutData CollectHoldout(const std::map<std::string, CustomerSummary>& customers,
                           HoldoutWindow window) {
  HoldoutCollector collector(window);
  for (const auto& [id, summary] : customers) collector.Add(summary);
  return std::move(collector).Finish();
}

std::vector<CustomerSummary> Simulate(const Simulation& simulation) {
  std::mt19937_64 random(simulation.seed);
  std::gamma_distribution<double> rates(simulation.params.r, 1 / simulation.params.alpha);
  std::gamma_distribution<double> left(simulation.params.a, 1);
  std::gamma_distribution<double> right(simulation.params.b, 1);
  std::uniform_real_distribution<double> uniform(0, 1);
  const absl::CivilDay first_day(2024, 1, 1);
  std::vector<CustomerSummary> customers;
  for (int i = 0; i < simulation.customers; ++i) {
    const double rate = std::max(1e-9, rates(random));
    const double x = left(random);
    const double leaving = x / (x + right(random));
    std::gamma_distribution<double> gap(simulation.regularity, 7 / (rate * simulation.regularity));
    double day = i * simulation.arrival_days / static_cast<double>(simulation.customers);
    CustomerSummary& summary = customers.emplace_back();
    BuyFor(summary, first_day + static_cast<int>(day), simulation.spend);
    for (;;) {
      day += gap(random);
      if (day >= simulation.days) break;
      BuyFor(summary, first_day + static_cast<int>(day), simulation.spend);
      if (uniform(random) < leaving) break;
    }
  }
  return customers;
}

}  // namespace valueloop::scoring

#include "bench/model_bench.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "bench/generated.h"
#include "bench/measure.h"
#include "fmt/format.h"
#include "scoring/domain/fit.h"
#include "scoring/domain/fit_rows.h"
#include "scoring/domain/forecaster.h"
#include "scoring/domain/interval.h"
#include "scoring/domain/model.h"
#include "scoring/domain/score.h"
#include "scoring/domain/summary.h"
#include "scoring/domain/values.h"

namespace valueloop::bench {
namespace {

using scoring::Family;

constexpr int64_t kMillion = 1'000'000;
constexpr double kMegabyte = 1e6;

volatile double sink = 0;

void DieUnless(const absl::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "bench: {}\n", status.ToString());
  std::exit(1);
}

double Limit(int64_t customer_count, double seconds) {
  return customer_count == kMillion ? seconds : 0;
}

int64_t FitAll(Family family, const GeneratedCustomers& customers,
               const scoring::FitOptions& options = {}) {
  const auto fit = scoring::FitPurchaseModel(family, customers.histories, options);
  DieUnless(fit.status());
  sink = fit->report.log_likelihood;
  return static_cast<int64_t>(customers.histories.size());
}

// Families whose fit needs nothing but the histories.
double FitLimit(Family family) { return scoring::FamilyName(family) == "PARETO_NBD" ? 2.0 : 0.5; }

}  // namespace

void BenchFits(int64_t customer_count) {
  const GeneratedCustomers customers = GenerateCustomers(customer_count);
  fmt::print("one log-gamma takes {:.1f} ns; {} customers make {} distinct rows\n", LogGammaNanos(),
             customer_count, scoring::Compress(customers.histories).size());
  Measure("compress rows", "customer", 0, [&] {
    sink = static_cast<double>(scoring::Compress(customers.histories).size());
    return customer_count;
  });
  for (int i = 0; i < scoring::kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    Measure(fmt::format("{} fit with standard errors", scoring::FamilyName(family)), "customer",
            Limit(customer_count, FitLimit(family)), [&] { return FitAll(family, customers); });
  }
  const auto fitted = scoring::FitPurchaseModel(Family::kBgNbd, customers.histories);
  DieUnless(fitted.status());
  Measure("BG_NBD fit from a warm start", "customer", 0,
          [&] { return FitAll(Family::kBgNbd, customers, {.start = fitted->params}); });
  Measure("GAMMA_GAMMA fit with standard errors", "customer", 0, [&] {
    const auto fit = scoring::FitGammaGamma(customers.spends);
    DieUnless(fit.status());
    sink = fit->params.p;
    return customer_count;
  });
  const int64_t bytes = PeakBytesOf([&] { FitAll(Family::kBgNbd, customers); });
  fmt::print(
      "peak memory of the process that fits, its customers included: {:.0f} MB{}\n",
      static_cast<double>(bytes) / kMegabyte,
      customer_count == kMillion ? (bytes <= 200e6 ? "; want <= 200 MB: ok" : "; MISSED") : "");
}

void BenchSummaries(int64_t customer_count) {
  const std::vector<PurchaseRow> rows = GeneratePurchases(customer_count);
  const absl::TimeZone zone = absl::UTCTimeZone();
  std::vector<std::string> ids;
  for (int64_t i = 0; i < customer_count; ++i) ids.push_back(fmt::format("c{}", i));
  std::vector<scoring::Event> events;
  events.reserve(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    events.push_back({.customer_id = ids[static_cast<size_t>(rows[i].customer)],
                      .source = "shop",
                      .event_id = fmt::format("{}", i),
                      .occurred_micros = int64_t{rows[i].day} * 86'400'000'000 + 43'200'000'000,
                      .payload = scoring::Purchase{.amount_micros = rows[i].amount_micros}});
  }
  const absl::CivilDay until = absl::CivilDay(1970, 1, 1) + kLastDay;
  const double limit = static_cast<double>(rows.size()) / 3e6;
  Measure("events to summaries to histories", "row", limit, [&] {
    size_t begin = 0;
    double sum = 0;
    for (size_t end = 0; end < events.size(); begin = end) {
      scoring::CustomerSummary summary;
      for (; end < events.size() && rows[end].customer == rows[begin].customer; ++end) {
        DieUnless(scoring::Apply(summary, events[end], zone));
      }
      const scoring::PurchaseFacts facts = scoring::PurchasesAsOf(summary, until);
      sum += facts.history->last_weeks + facts.spend.mean;
    }
    sink = sum;
    return static_cast<int64_t>(events.size());
  });
}

void BenchScores(int64_t customer_count) {
  using scoring::ModelPart;
  const GeneratedCustomers customers = GenerateCustomers(customer_count);
  const scoring::CompiledPolicy& policy = scoring::CompiledPolicy::BuiltIn();
  std::vector<double> values(customers.histories.size());
  const scoring::MatchResult match{.score = 60, .coverage = 1};
  for (int i = 0; i < scoring::kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    const auto fit = scoring::FitPurchaseModel(family, customers.histories);
    const auto spend_fit = scoring::FitGammaGamma(customers.spends);
    DieUnless(fit.status());
    DieUnless(spend_fit.status());
    const ModelPart part{
        .purchase = fit->params, .gamma_gamma = spend_fit->params, .mean_spend = 35};
    scoring::ReferenceDistribution reference;
    const auto score_all = [&] {
      scoring::Forecaster forecaster = scoring::ForecasterFor(policy.policy());
      double high_count = 0;
      for (size_t k = 0; k < values.size(); ++k) {
        const auto forecast = forecaster.Forecast(part.purchase, customers.histories[k]);
        DieUnless(forecast.status());
        const double spend = scoring::SpendToExpect(part, customers.spends[k]);
        values[k] = forecast->alive_probability * forecast->given_alive.purchases * spend *
                    policy.policy().margin_ratio;
        const scoring::Classification classification =
            Classify(policy.policy(), &reference, values[k], match);
        high_count += classification.customer_class == scoring::CustomerClass::kStrategic;
        sink = forecast->expected_purchases;
      }
      sink = high_count;
      return customer_count;
    };
    score_all();
    reference = scoring::ReferenceDistribution(values);
    Measure(fmt::format("{} score: alive, expected purchases, spend, value, class",
                        scoring::FamilyName(family)),
            "customer", Limit(customer_count, 1), score_all);
    // Intervals are drawn for the scores that are asked for one by one; a sample says what they
    // add.
    constexpr size_t kSample = 2000;
    const size_t step = std::max<size_t>(1, values.size() / kSample);
    Measure(
        fmt::format("{} what intervals of value and purchases add", scoring::FamilyName(family)),
        "customer", 0,
        [&] {
          int64_t count = 0;
          for (size_t k = 0; k < values.size(); k += step, ++count) {
            const scoring::CustomerFacts facts{
                .purchases = {.history = customers.histories[k], .spend = customers.spends[k]}};
            const scoring::ValueInputs inputs{
                .facts = &facts, .part = &part, .policy = &policy.policy()};
            const auto expected = scoring::ExpectedValues(inputs);
            DieUnless(expected.status());
            const auto intervals = scoring::ComputeIntervals(inputs, *expected);
            DieUnless(intervals.status());
            sink = intervals->value.high_95;
          }
          return count;
        },
        2);
  }
}

void BenchGrowth(int64_t most) {
  for (int64_t count = 10'000; count <= most; count *= 10) {
    const GeneratedCustomers customers = GenerateCustomers(count);
    Measure(
        fmt::format("growth: BG_NBD fit, {} rows", scoring::Compress(customers.histories).size()),
        "customer", 0, [&] { return FitAll(Family::kBgNbd, customers); }, 2);
  }
}

}  // namespace valueloop::bench

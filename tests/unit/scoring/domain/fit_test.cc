#include "scoring/domain/fit.h"

#include <charconv>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "scoring/domain/summary.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

struct Customers {
  std::vector<PurchaseHistory> histories;
  std::vector<SpendHistory> spends;
};

// Reads customer_id,occurred_at,amount rows into histories at the end of calibration, 1997-09-30.
Customers ReadCdnow(const std::string& path) {
  std::map<std::string, CustomerSummary> summaries;
  const std::string text = testing::ReadFileOrDie(path);
  int line_number = 0;
  for (size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    const size_t comma = line.find(',');
    absl::CivilDay day;
    EXPECT_TRUE(absl::ParseCivilTime(line.substr(comma + 1, 10), &day)) << line;
    const double amount = std::stod(line.substr(comma + 12));
    const Event event{
        .customer_id = line.substr(0, comma),
        .source = "cdnow",
        .event_id = std::to_string(++line_number),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
        .payload = Purchase{.amount_micros = std::llround(amount * 1e6)}};
    EXPECT_THAT(Apply(summaries[event.customer_id], event, absl::UTCTimeZone()), IsOk());
  }
  Customers customers;
  for (const auto& [id, summary] : summaries) {
    const PurchaseFacts facts = PurchasesAsOf(summary, absl::CivilDay(1997, 9, 30));
    if (!facts.history) continue;
    customers.histories.push_back(*facts.history);
    customers.spends.push_back(facts.spend);
  }
  return customers;
}

// `want` to its three significant digits.
void ExpectThreeDigits(double got, double want) { EXPECT_NEAR(got / want, 1, 5e-4); }

TEST(FitTest, ReproducesThePublishedBgNbdOfCdnow) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  const Customers cdnow = ReadCdnow(path);
  ASSERT_EQ(cdnow.histories.size(), 2357u);
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit fit, FitBgNbd(cdnow.histories));
  EXPECT_NEAR(fit.report.log_likelihood, -9582.4292, 0.001);
  ExpectThreeDigits(fit.params.r, .2426);
  ExpectThreeDigits(fit.params.alpha, 4.4136);
  ExpectThreeDigits(fit.params.a, .7929);
  ExpectThreeDigits(fit.params.b, 2.4259);
  EXPECT_THAT(fit.report.flags, IsEmpty());
  ASSERT_EQ(fit.report.standard_errors.size(), 4u);
  EXPECT_NEAR(fit.report.standard_errors[0] / .012557, 1, .01);
  EXPECT_NEAR(fit.report.standard_errors[1] / .378224, 1, .01);
  EXPECT_NEAR(fit.report.standard_errors[2] / .185733, 1, .01);
  EXPECT_NEAR(fit.report.standard_errors[3] / .705407, 1, .01);
  // lifetimes: E[X(t)] at the fitted, unrounded parameters.
  for (const auto& [weeks, purchases] : {std::pair{.1429, .0078},
                                         {1., .0532},
                                         {3., .1506},
                                         {31.8571, 1.0405},
                                         {32., 1.0437},
                                         {78., 1.8576}}) {
    EXPECT_NEAR(*ExpectedPurchasesOfNew(fit.params, weeks), purchases, 5e-4);
  }
}

TEST(FitTest, ReproducesThePublishedGammaGammaOfCdnow) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  const Customers cdnow = ReadCdnow(path);
  VL_ASSERT_OK_AND_ASSIGN(const GammaGammaFit fit, FitGammaGamma(cdnow.spends));
  EXPECT_EQ(fit.report.customer_count, 946);
  EXPECT_NEAR(fit.report.log_likelihood, -4055.9177, 0.001);
  ExpectThreeDigits(fit.params.p, 6.25);
  ExpectThreeDigits(fit.params.q, 3.744);
  ExpectThreeDigits(fit.params.v, 15.44);
  EXPECT_THAT(fit.report.flags, IsEmpty());
}

class SimulatedBuyers {
 public:
  explicit SimulatedBuyers(uint64_t start) : random_(start) {}

  double Uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }

  // A customer whose rate and leaving probability are the given ones.
  PurchaseHistory Buy(double rate, double leave, double age) {
    PurchaseHistory history{.age_weeks = age};
    double now = 0;
    while (true) {
      now += std::max(1.0 / 7, std::round(-std::log(Uniform()) / rate * 7) / 7);
      if (now > age) return history;
      ++history.repeat_count;
      history.last_weeks = now;
      if (Uniform() < leave) return history;
    }
  }

 private:
  std::mt19937_64 random_;
};

TEST(FitTest, SaysSoWhenNobodyLeaves) {
  SimulatedBuyers simulated(1);
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < 3000; ++i) {
    histories.push_back(simulated.Buy(-0.2 * std::log(simulated.Uniform()), 0, 40));
  }
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit fit, FitBgNbd(histories));
  EXPECT_THAT(fit.report.flags, Contains(FitFlag::kNoDropout));
  EXPECT_TRUE(std::isfinite(*ExpectedPurchases(fit.params, {3, 30, 40}, 52)));
}

TEST(FitTest, IsTheSameFitInAnyTimeUnit) {
  SimulatedBuyers simulated(2);
  std::vector<PurchaseHistory> weeks;
  std::vector<PurchaseHistory> days;
  for (int i = 0; i < 2000; ++i) {
    const double rate = -0.2 * std::log(simulated.Uniform());
    const PurchaseHistory h = simulated.Buy(rate, simulated.Uniform() * 0.5, 40);
    weeks.push_back(h);
    days.push_back({h.repeat_count, h.last_weeks * 7, h.age_weeks * 7});
  }
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit by_week, FitBgNbd(weeks));
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit by_day, FitBgNbd(days));
  EXPECT_NEAR(by_day.params.alpha / by_week.params.alpha, 7, 1e-5);
  EXPECT_NEAR(by_day.params.r / by_week.params.r, 1, 1e-6);
  EXPECT_NEAR(by_day.params.b / by_week.params.b, 1, 1e-5);
}

TEST(FitTest, DoesNotDependOnTheOrderOfRows) {
  SimulatedBuyers simulated(4);
  std::vector<PurchaseHistory> rows;
  for (int i = 0; i < 500; ++i) rows.push_back(simulated.Buy(0.1, 0.2, 30 + i % 9));
  const std::vector<PurchaseHistory> reversed(rows.rbegin(), rows.rend());
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit one, FitBgNbd(rows));
  VL_ASSERT_OK_AND_ASSIGN(const BgNbdFit other, FitBgNbd(reversed));
  EXPECT_EQ(one.params, other.params);
}

TEST(FitTest, CollapsesEqualRows) {
  const std::vector<PurchaseHistory> rows = {{1, 2, 3}, {0, 0, 3}, {1, 2, 3}, {1, 1, 3}};
  const std::vector<WeightedHistory> compressed = Compress(rows);
  ASSERT_EQ(compressed.size(), 3u);
  EXPECT_EQ(compressed[0].history, (PurchaseHistory{0, 0, 3}));
  EXPECT_EQ(compressed[2].history, (PurchaseHistory{1, 2, 3}));
  EXPECT_EQ(compressed[2].weight, 2);
}

TEST(FitTest, CollapsesRowsOfEqualTimesWhateverTheirGaps) {
  const std::vector<PurchaseHistory> rows = {{2, 4, 5, 1.2}, {2, 4, 5, 1.3}, {2, 4, 5}};
  const std::vector<WeightedHistory> compressed = Compress(rows);
  ASSERT_EQ(compressed.size(), 1u);
  EXPECT_EQ(compressed[0].history, (PurchaseHistory{2, 4, 5}));
  EXPECT_EQ(compressed[0].weight, 3);
}

TEST(FitTest, SaysWhatIsMissing) {
  const std::vector<PurchaseHistory> few(3, {1, 2, 3});
  const std::vector<PurchaseHistory> no_repeat(30, {0, 0, 3});
  EXPECT_THAT(FitBgNbd(few),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("customers: got 3")));
  EXPECT_THAT(FitBgNbd(no_repeat),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("repeat purchase: got 0")));
  EXPECT_THAT(FitGammaGamma(std::vector<SpendHistory>(20, {1, 5})),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("unlike mean spends")));
  EXPECT_THAT(FitNegativeBinomial(std::vector<CountRow>(20, {0, 5})),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("events: got 0")));
  EXPECT_THAT(FitBgNbd(std::vector<PurchaseHistory>(30, {1, 4, 3})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("histories[0]: last_weeks")));
}

TEST(FitTest, ReportsProgressAndStopsWhenTold) {
  SimulatedBuyers simulated(5);
  std::vector<PurchaseHistory> rows;
  for (int i = 0; i < 200; ++i) rows.push_back(simulated.Buy(0.1, 0.2, 40));
  int calls = 0;
  double last = 0;
  const FitOptions watch{.on_progress = [&](const FitProgress& progress) {
    ++calls;
    EXPECT_GE(progress.done_ratio, last);
    last = progress.done_ratio;
    return true;
  }};
  ASSERT_THAT(FitBgNbd(rows, watch), IsOk());
  EXPECT_GT(calls, 5);
  EXPECT_EQ(last, 1);
  EXPECT_THAT(FitBgNbd(rows, {.on_progress = [](const FitProgress&) { return false; }}),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(FitTest, FindsTheNegativeBinomialThatMadeTheCounts) {
  // Equal exposure: the mean of the counts is g / h times the exposure at the optimum.
  std::vector<CountRow> rows;
  double events = 0;
  for (int i = 0; i < 500; ++i) {
    const int count = i % 10 == 0 ? 4 : i % 3 == 0 ? 1 : 0;
    rows.push_back({count, 40});
    events += count;
  }
  VL_ASSERT_OK_AND_ASSIGN(const NegativeBinomialFit fit, FitNegativeBinomial(rows));
  EXPECT_NEAR(fit.params.g / fit.params.h * 40 * 500, events, 1e-6 * events);
  EXPECT_THAT(fit.report.flags, IsEmpty());
}

TEST(FitTest, CountsWithoutSpreadAreHomogeneous) {
  VL_ASSERT_OK_AND_ASSIGN(const NegativeBinomialFit fit,
                          FitNegativeBinomial(std::vector<CountRow>(50, {2, 10})));
  EXPECT_THAT(fit.report.flags, Contains(FitFlag::kHomogeneous));
  EXPECT_NEAR(ExpectedRate(fit.params, {2, 10}), .2, 1e-4);
}

TEST(FitTest, AnInfiniteMeanSpendIsFlagged) {
  std::vector<SpendHistory> spends;
  for (int i = 1; i <= 400; ++i) spends.push_back({1 + i % 3, std::pow(400.0 / i, 2.5)});
  VL_ASSERT_OK_AND_ASSIGN(const GammaGammaFit fit, FitGammaGamma(spends));
  EXPECT_THAT(fit.report.flags, Contains(FitFlag::kInfiniteMean));
  EXPECT_EQ(FitFlagName(FitFlag::kInfiniteMean), "INFINITE_MEAN");
}

}  // namespace
}  // namespace valueloop::scoring

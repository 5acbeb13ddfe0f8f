#include "scoring/domain/monitor.h"

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "testing/status_matchers.h"
#include "unit/scoring/domain/choice_fixtures.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::CivilDay kStart(2024, 1, 1);
constexpr HoldoutWindow kApril{.calibration_last_day = absl::CivilDay(2024, 3, 31),
                               .last_day = absl::CivilDay(2024, 4, 28)};
constexpr DataDays kWinter{.first = kStart, .last = absl::CivilDay(2024, 3, 31)};

std::vector<double> Range(int from, int to) {
  std::vector<double> values(static_cast<size_t>(to - from));
  std::iota(values.begin(), values.end(), from);
  return values;
}

MonitorData Collect(const std::vector<CustomerSummary>& customers, HoldoutWindow window,
                    DataDays days) {
  MonitorCollector collector(window, days);
  for (const CustomerSummary& summary : customers) collector.Add(summary);
  return std::move(collector).Finish();
}

absl::StatusOr<ModelMonitor> MonitorWith(const MonitorData& data, const BgNbdParams& params) {
  const std::array<PurchaseParams, 1> all = {PurchaseParams(params)};
  return Monitor(data, all);
}

const AdviceReason* FindReason(const ModelMonitor& monitor, AdviceCode code) {
  for (const AdviceReason& reason : monitor.reasons) {
    if (reason.code == code) return &reason;
  }
  return nullptr;
}

TEST(DriftOfTest, OfTheSameValuesIsNone) {
  const InputDrift drift = DriftOf(ModelInput::kSpend, Range(0, 1000), Range(0, 1000));
  EXPECT_EQ(drift.stability_index, 0);
  EXPECT_EQ(drift.level, DriftLevel::kStable);
  ASSERT_EQ(drift.bins.size(), 10);
  for (const DriftBin& bin : drift.bins) EXPECT_NEAR(bin.reference_share, 0.1, 1e-12);
}

// Two bins, 0 and 1: 100 of 200 before; 60 of 200 now. Half a customer is added to each of the 6.
TEST(DriftOfTest, IsThePublishedSum) {
  std::vector<double> before(200, 0);
  std::fill(before.begin() + 100, before.end(), 1);
  std::vector<double> now(200, 0);
  std::fill(now.begin() + 140, now.end(), 1);
  const InputDrift drift = DriftOf(ModelInput::kFrequency, before, now);
  ASSERT_EQ(drift.bins.size(), 6);
  EXPECT_EQ(drift.bins[0].reference_share, 0.5);
  EXPECT_EQ(drift.bins[0].current_share, 0.7);
  const double p0 = 100.5 / 203;
  const double q0 = 140.5 / 203;
  const double q1 = 60.5 / 203;
  EXPECT_NEAR(drift.stability_index, (q0 - p0) * std::log(q0 / p0) + (q1 - p0) * std::log(q1 / p0),
              1e-15);
  EXPECT_EQ(drift.level, DriftLevel::kWatch);
}

TEST(DriftOfTest, AShiftedDistributionIsToBeActedOnEvenWithEmptyBins) {
  const InputDrift drift = DriftOf(ModelInput::kRecency, Range(0, 500), Range(2000, 2500));
  EXPECT_EQ(drift.level, DriftLevel::kAct);
  EXPECT_TRUE(std::isfinite(drift.stability_index));
  EXPECT_EQ(drift.bins.back().current_share, 1);
}

TEST(DriftOfTest, FewCustomersAreUnknownAndNoneHaveNoBins) {
  EXPECT_EQ(DriftOf(ModelInput::kAge, Range(0, 99), Range(0, 500)).level, DriftLevel::kUnknown);
  EXPECT_EQ(DriftOf(ModelInput::kAge, Range(0, 500), Range(0, 99)).level, DriftLevel::kUnknown);
  const InputDrift none = DriftOf(ModelInput::kAge, {}, Range(0, 500));
  EXPECT_EQ(none.level, DriftLevel::kUnknown);
  EXPECT_EQ(none.stability_index, 0);
  EXPECT_THAT(none.bins, IsEmpty());
}

TEST(DriftOfTest, AValueThatAllShareIsABinOfItsOwn) {
  const std::vector<double> before(500, 10);
  const InputDrift same = DriftOf(ModelInput::kSpend, before, std::vector<double>(300, 10));
  ASSERT_EQ(same.bins.size(), 3);
  EXPECT_EQ(same.bins[1].reference_share, 1);
  EXPECT_EQ(same.level, DriftLevel::kStable);
  const InputDrift moved = DriftOf(ModelInput::kSpend, before, std::vector<double>(300, 11));
  EXPECT_EQ(moved.bins[2].current_share, 1);
  EXPECT_EQ(moved.level, DriftLevel::kAct);
}

TEST(MonitorCollectorTest, TellsKnownCustomersFromNewOnes) {
  const MonitorData data =
      Collect({BuyerOn({kStart, absl::CivilDay(2024, 4, 5)}),
               BuyerOn({absl::CivilDay(2024, 4, 8), absl::CivilDay(2024, 4, 15),
                        absl::CivilDay(2024, 4, 28)}),
               BuyerOn({absl::CivilDay(2024, 5, 8)})},
              kApril, kWinter);
  EXPECT_EQ(data.known.customer_count, 1);
  ASSERT_EQ(data.new_customers.size(), 1);
  EXPECT_EQ(data.new_customers[0].day, 8);
  EXPECT_EQ(data.new_customers[0].repeat_count, 2);
  EXPECT_EQ(data.new_by_day[14], 1);
  EXPECT_EQ(data.new_by_day[27], 1);
}

TEST(MonitorCollectorTest, ComparesCustomersAcquiredWithinAsManyDays) {
  // The model's data have 91 days; on 28 April those acquired since 29 January stand beside them.
  const MonitorData data =
      Collect({BuyerOn({absl::CivilDay(2024, 1, 28)}), BuyerOn({absl::CivilDay(2024, 1, 29)}),
               BuyerOn({absl::CivilDay(2024, 4, 28)})},
              kApril, kWinter);
  const auto age = static_cast<size_t>(ModelInput::kAge);
  EXPECT_EQ(data.reference[age].size(), 2);
  ASSERT_EQ(data.current[age].size(), 2);
  EXPECT_EQ(data.current[age][0], 90 / 7.0);
  // Nobody bought again: no spend to compare.
  EXPECT_THAT(data.current[static_cast<size_t>(ModelInput::kSpend)], IsEmpty());
}

Simulation Steady() {
  // Customers come all the time, so that nothing but chance moves.
  return {.seed = 11, .customers = 6000, .arrival_days = 728, .days = 728};
}
constexpr HoldoutWindow kSecondYear{.calibration_last_day = kStart + 545, .last_day = kStart + 727};

TEST(MonitorTest, KeepsAModelThatForetellsWhatComes) {
  const Simulation simulation = Steady();
  const MonitorData data =
      Collect(Simulate(simulation), kSecondYear, {.first = kStart, .last = kStart + 545});
  VL_ASSERT_OK_AND_ASSIGN(const ModelMonitor monitor, MonitorWith(data, simulation.params));
  EXPECT_FALSE(monitor.refit);
  ASSERT_NE(FindReason(monitor, AdviceCode::kAsExpected), nullptr);
  EXPECT_NEAR(monitor.expected_count / static_cast<double>(monitor.actual_count), 1, 0.05);
  // New customers were foretold from their first day alone.
  ASSERT_EQ(monitor.new_customers.size(), 26);
  EXPECT_NEAR(monitor.new_customers.back().expected_count,
              static_cast<double>(monitor.new_customers.back().actual_count),
              0.1 * monitor.new_customers.back().expected_count);
  for (const InputDrift& drift : monitor.drifts) EXPECT_EQ(drift.level, DriftLevel::kStable);
}

TEST(MonitorTest, AdvisesARefitWhenCustomersBuyMuchLess) {
  const Simulation simulation = Steady();
  const MonitorData data =
      Collect(Simulate(simulation), kSecondYear, {.first = kStart, .last = kStart + 545});
  BgNbdParams fast = simulation.params;
  fast.alpha /= 2;
  VL_ASSERT_OK_AND_ASSIGN(const ModelMonitor monitor, MonitorWith(data, fast));
  EXPECT_TRUE(monitor.refit);
  const AdviceReason* const reason = FindReason(monitor, AdviceCode::kLessThanExpected);
  ASSERT_NE(reason, nullptr);
  EXPECT_TRUE(reason->for_refit);
  EXPECT_THAT(reason->words.en, HasSubstr("less, beyond three standard errors"));
  EXPECT_THAT(reason->words.zh, HasSubstr("少"));
}

TEST(MonitorTest, AdvisesARefitWhenTheSpendHasDrifted) {
  Simulation simulation = Steady();
  std::vector<CustomerSummary> customers = Simulate(simulation);
  simulation.spend = 30;
  simulation.seed = 12;
  std::vector<CustomerSummary> rich = Simulate(simulation);
  // From the middle of the data on, customers spend three times as much.
  for (size_t i = 0; i < customers.size(); ++i) {
    if (i >= customers.size() * 3 / 4) customers[i] = rich[i];
  }
  const MonitorData data = Collect(customers, kSecondYear, {.first = kStart, .last = kStart + 363});
  VL_ASSERT_OK_AND_ASSIGN(const ModelMonitor monitor, MonitorWith(data, simulation.params));
  EXPECT_EQ(monitor.drifts[static_cast<size_t>(ModelInput::kSpend)].level, DriftLevel::kAct);
  EXPECT_TRUE(monitor.refit);
  const AdviceReason* const reason = FindReason(monitor, AdviceCode::kInputDrift);
  ASSERT_NE(reason, nullptr);
  EXPECT_THAT(reason->words.en, HasSubstr("spend"));
}

TEST(MonitorTest, CustomersWhoOnlyGrowOlderAreNoReasonToRefit) {
  MonitorData data;
  data.known.window = kApril;
  const auto age = static_cast<size_t>(ModelInput::kAge);
  data.reference[age] = Range(0, 500);
  data.current[age] = Range(400, 900);
  data.new_by_day.assign(28, 0);
  VL_ASSERT_OK_AND_ASSIGN(const ModelMonitor monitor, MonitorWith(data, kPaperBgNbd));
  EXPECT_EQ(monitor.drifts[age].level, DriftLevel::kAct);
  EXPECT_FALSE(monitor.refit);
}

TEST(MonitorTest, IsTooEarlyOnTheDayOfTheActivation) {
  const HoldoutWindow today{.calibration_last_day = absl::CivilDay(2024, 3, 31),
                            .last_day = absl::CivilDay(2024, 3, 31)};
  const MonitorData data = Collect({BuyerOn({kStart, kStart + 9})}, today, kWinter);
  VL_ASSERT_OK_AND_ASSIGN(const ModelMonitor monitor, MonitorWith(data, kPaperBgNbd));
  EXPECT_FALSE(monitor.known.has_value());
  EXPECT_THAT(monitor.new_customers, IsEmpty());
  EXPECT_FALSE(monitor.refit);
  ASSERT_EQ(monitor.reasons.size(), 1);
  EXPECT_EQ(monitor.reasons[0].code, AdviceCode::kTooEarly);
}

}  // namespace
}  // namespace valueloop::scoring

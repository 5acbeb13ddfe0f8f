#include <memory>
#include <string>

#include "common/status.h"
#include "contract/scoring/ledger_under_test.h"
#include "scoring/store/portfolio_view.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using testing::StatusIs;

constexpr absl::CivilDay kDay(2026, 3, 31);

class PortfolioViewContractTest : public ::testing::Test {
 protected:
  PortfolioViewContractTest()
      : ledger_(SqliteLedger().open(events_.Decoder())),
        versions_(ledger_->database(), clock_),
        registry_(
            versions_, [](const StoredModel&) { return Model(); },
            [](const StoredPolicy&) { return ScoringPolicy(); }),
        scorer_(ledger_->store()),
        views_(ledger_->store(), registry_, scorer_) {
    workspace_.id = "default";
    workspace_.time_zone = absl::UTCTimeZone();
  }

  void Buy(const std::string& customer, absl::CivilDay day) {
    const Event event{
        .customer_id = customer,
        .source = "test",
        .event_id = absl::FormatCivilTime(day),
        .occurred_micros = absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone())),
        .payload = Purchase{.amount_micros = 5'000'000}};
    VL_ASSERT_OK(ledger_->store().Append({.workspace = "default",
                                          .zone = absl::UTCTimeZone(),
                                          .entries = {events_.Entry(event, 0)}}));
  }

  std::shared_ptr<const PortfolioView> View(absl::CivilDay day = kDay) {
    auto view = views_.Get(workspace_, day, [] { return false; });
    EXPECT_THAT(view, testing::IsOk());
    return view.value_or(nullptr);
  }

  FakeClock clock_{absl::FromUnixSeconds(1'780'000'000)};
  EventRegister events_;
  std::unique_ptr<LedgerUnderTest> ledger_;
  VersionStore versions_;
  VersionRegistry registry_;
  Scorer scorer_;
  PortfolioViews views_;
  Workspace workspace_;
};

TEST_F(PortfolioViewContractTest, HoldsWhoHadComeByTheDayInTheOrderOfTheirIds) {
  Buy("b", kDay - 5);
  Buy("a", kDay);
  Buy("c", kDay + 1);
  const auto view = View();
  ASSERT_EQ(view->customers.size(), 2U);
  EXPECT_EQ(view->customers[0].customer_id, "a");
  EXPECT_EQ(view->customers[1].Get(ProfileNumber::kDaysSincePurchase), 5);
  EXPECT_EQ(view->customers[1].lifecycle.purchase_count, 1);
}

TEST_F(PortfolioViewContractTest, IsKeptUntilTheLedgerChangesAndFoundAgainByItsKey) {
  Buy("a", kDay - 5);
  const auto first = View();
  EXPECT_EQ(View(), first);
  Buy("b", kDay - 5);
  const auto second = View();
  EXPECT_NE(second, first);
  EXPECT_EQ(second->customers.size(), 2U);
  EXPECT_EQ(views_.Find(first->key), first);  // A list of it can be paged to its end.
  EXPECT_EQ(View(kDay - 10)->customers.size(), 0U);
}

TEST_F(PortfolioViewContractTest, AfterAnEraseNothingIsKept) {
  Buy("a", kDay - 5);
  const auto view = View();
  views_.Forget("other");
  EXPECT_EQ(views_.Find(view->key), view);
  views_.Forget("default");
  EXPECT_EQ(views_.Find(view->key), nullptr);
}

TEST_F(PortfolioViewContractTest, StopsWhenNobodyWaits) {
  Buy("a", kDay - 5);
  EXPECT_THAT(views_.Get(workspace_, kDay, [] { return true; }),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace valueloop::scoring

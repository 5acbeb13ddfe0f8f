#include "cli/sample.h"

#include <map>
#include <sstream>
#include <string>

#include "cli/app.h"
#include "cli/context.h"
#include "cli/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/shared_data.h"

namespace valueloop::cli {
namespace {

std::string FirstLines(int customers, uint64_t start_value, size_t count) {
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in;
  const std::string customer_text = std::to_string(customers);
  const std::string start_text = std::to_string(start_value);
  const char* argv[] = {"valueloop",           "sample",        "customers",       "--count",
                        customer_text.c_str(), "--start-value", start_text.c_str()};
  EXPECT_EQ(Run(7, argv, in, out, err), kDone) << err.str();
  const std::string text = out.str();
  size_t end = 0;
  for (size_t i = 0; i < count && end != std::string::npos; ++i) end = text.find('\n', end + 1);
  return text.substr(0, end);
}

TEST(SampleTest, TheSameStartValueGivesTheSameBytesWithEveryCompiler) {
  EXPECT_EQ(Sha256Hex(FirstLines(100, 1, 200)),
            "ec82574e027f9ed49ccc81e2359506ab5d5d56ce14a10bc8dc5f0c11ec414a95");
}

TEST(SampleTest, AnotherStartValueGivesOtherCustomers) {
  EXPECT_NE(FirstLines(20, 1, 50), FirstLines(20, 2, 50));
}

TEST(SampleTest, FollowsItsDocumentedProcess) {
  SampleOptions options;
  options.customer_count = 4000;
  std::map<std::string, int> purchases;
  std::map<int, int> kinds;
  double spend = 0;
  int purchase_count = 0;
  const int64_t begin = (options.first_day - absl::CivilDay(1970, 1, 1)) * int64_t{86'400};
  const int64_t end = (options.last_day + 1 - absl::CivilDay(1970, 1, 1)) * int64_t{86'400};
  GenerateSample(options, [&](const scoring::v1::Event& event) {
    ++kinds[event.payload_case()];
    ASSERT_GE(event.occurred_time().seconds(), begin);
    ASSERT_LT(event.occurred_time().seconds(), end);
    if (!event.has_purchase()) return;
    ++purchases[event.customer_id()];
    ++purchase_count;
    spend += static_cast<double>(event.purchase().amount_micros()) / 1e6;
  });
  EXPECT_EQ(purchases.size(), 4000u);  // Everybody buys once.
  // Gamma-Gamma mean p v / (q - 1) = 6.25 x 61.76 / 2.74; heavy tail, so a wide band.
  EXPECT_NEAR(spend / purchase_count, 140.9, 15);
  EXPECT_GT(purchase_count, 2 * 4000);
  for (const auto kind :
       {scoring::v1::Event::kRefund, scoring::v1::Event::kReferral, scoring::v1::Event::kFeedback,
        scoring::v1::Event::kComplaint, scoring::v1::Event::kRemedy, scoring::v1::Event::kContact,
        scoring::v1::Event::kMatchRating, scoring::v1::Event::kAttributeChange,
        scoring::v1::Event::kKnowledge, scoring::v1::Event::kInformation,
        scoring::v1::Event::kPartnerTransaction, scoring::v1::Event::kCostToServe}) {
    EXPECT_GT(kinds[kind], 0) << kind;
  }
}

TEST(SampleTest, ThePlanIsTheFileInSamples) {
  EXPECT_EQ(SamplePlan(),
            testing::ReadFileOrDie(testing::RepositoryPath("samples/strategy-telecom.yaml")));
  EXPECT_EQ(
      SampleRedObservations(),
      testing::ReadFileOrDie(testing::RepositoryPath("samples/telecom-observations-red.yaml")));
}

}  // namespace
}  // namespace valueloop::cli

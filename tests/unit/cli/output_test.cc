#include "cli/output.h"

#include "cli/sha256.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "valueloop/scoring/v1/ledger.pb.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::cli {
namespace {

using ::testing::HasSubstr;

scoring::v1::ListScoresResponse TwoScores() {
  scoring::v1::ListScoresResponse list;
  auto& first = *list.add_scores();
  first.set_name("workspaces/default/customers/c 1/score");
  first.set_expected_value(12.5);
  first.set_customer_class(scoring::v1::CUSTOMER_CLASS_PROFIT);
  list.add_scores()->set_name("x,y");
  list.mutable_snapshot()->set_as_of("2026-06-30");
  return list;
}

TEST(OutputTest, JsonIsLowerCamelCaseWithZerosPrinted) {
  scoring::v1::Snapshot snapshot;
  snapshot.set_as_of("2026-06-30");
  VL_ASSERT_OK_AND_ASSIGN(const std::string json, ToJson(snapshot));
  EXPECT_THAT(json, HasSubstr("\"asOf\": \"2026-06-30\""));
  EXPECT_THAT(json, HasSubstr("\"customerCount\": \"0\""));
}

TEST(OutputTest, YamlSaysTheSameInBlocks) {
  EXPECT_EQ(
      JsonToYaml(R"({"a":1,"b":[{"c":"x y","d":true},{"e":"客户"}],"f":[],"g":{"h":"2026"}})"),
      "a: 1\n"
      "b:\n"
      "  - c: \"x y\"\n"
      "    d: true\n"
      "  - e: 客户\n"
      "f: []\n"
      "g:\n"
      "  h: \"2026\"\n");
}

TEST(OutputTest, CsvOfAListIsOneRowEach) {
  const FlatRows flat = Flatten(TwoScores());
  ASSERT_EQ(flat.rows.size(), 2u);
  EXPECT_EQ(flat.columns[0], "name");
  EXPECT_EQ(flat.columns[4], "expectedValue");
  EXPECT_EQ(flat.rows[0][2], "CUSTOMER_CLASS_PROFIT");
  EXPECT_EQ(flat.rows[0][4], "12.5");
  EXPECT_EQ(flat.rows[1][4], "");
}

TEST(OutputTest, CsvOfAResourceOrOfCountsIsOneRow) {
  scoring::v1::ImportEventsResponse counts;
  counts.set_total_accepted_count(7);
  EXPECT_EQ(Flatten(counts).rows.size(), 1u);
  scoring::v1::Score score;
  score.set_name("workspaces/default/customers/c/score");
  score.add_components();
  EXPECT_EQ(Flatten(score).rows.size(), 1u);
}

TEST(OutputTest, CsvCellsAreQuotedWhereNeeded) {
  EXPECT_EQ(CsvLine({"a", "b,c", "d\"e", "f\ng"}), "a,\"b,c\",\"d\"\"e\",\"f\ng\"\n");
}

TEST(Sha256Test, GivesThePublishedDigests) {  // FIPS 180-4 examples
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace valueloop::cli

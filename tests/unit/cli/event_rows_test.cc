#include "cli/event_rows.h"

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::cli {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;
using Rows = std::vector<EventRow>;
using Opener = absl::StatusOr<std::unique_ptr<EventRowReader>> (*)(std::istream&, RowOptions);

RowOptions Utc() {
  RowOptions options;
  options.zone = absl::UTCTimeZone();
  options.default_time = absl::FromUnixSeconds(1'700'000'000);
  return options;
}

Rows Drain(EventRowReader& reader) {
  Rows rows;
  for (EventRow row; reader.Next(row);) rows.push_back(row);
  return rows;
}

absl::StatusOr<Rows> Read(Opener open, const std::string& text, RowOptions options = Utc()) {
  std::istringstream in(text);
  auto reader = open(in, std::move(options));
  if (!reader.ok()) return reader.status();
  return Drain(**reader);
}

Rows ReadNdjson(const std::string& text) {
  std::istringstream in(text);
  return Drain(*OpenEvents(in, Utc()));
}

std::string IdOf(const EventRow& row) { return row.events.at(0).event_id(); }

TEST(PurchaseRowsTest, IdenticalRowsAreTrueRepeatsWithTheirOwnIdentity) {
  const std::string file =
      "customer_id,occurred_at,amount\n1,1997-01-01,11.77\n1,1997-01-01,11.77\n2,1997-01-01,11."
      "77\n";
  VL_ASSERT_OK_AND_ASSIGN(const Rows rows, Read(OpenPurchases, file));
  ASSERT_THAT(rows, SizeIs(3));
  const std::set<std::string> ids = {IdOf(rows[0]), IdOf(rows[1]), IdOf(rows[2])};
  EXPECT_THAT(ids, SizeIs(3));
  VL_ASSERT_OK_AND_ASSIGN(const Rows again, Read(OpenPurchases, file));
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(IdOf(rows[i]), IdOf(again[i]));
}

TEST(PurchaseRowsTest, IdentityIsOfTheMeaningNotOfTheSpelling) {
  VL_ASSERT_OK_AND_ASSIGN(
      const Rows one, Read(OpenPurchases, "customer_id,occurred_at,amount\n1,1997-01-01,1.5\n"));
  VL_ASSERT_OK_AND_ASSIGN(
      const Rows two,
      Read(OpenPurchases, "amount,customer_id,occurred_at\n1.500,1,1997-01-01T00:00:00Z\n"));
  EXPECT_EQ(IdOf(one[0]), IdOf(two[0]));
}

TEST(PurchaseRowsTest, AnotherSourceIsAnotherIdentity) {
  const std::string file = "customer_id,occurred_at,amount\n1,1997-01-01,1.5\n";
  RowOptions billing = Utc();
  billing.source = "billing";
  VL_ASSERT_OK_AND_ASSIGN(const Rows one, Read(OpenPurchases, file));
  VL_ASSERT_OK_AND_ASSIGN(const Rows two, Read(OpenPurchases, file, billing));
  EXPECT_NE(IdOf(one[0]), IdOf(two[0]));
  EXPECT_EQ(two[0].events[0].source(), "billing");
}

TEST(PurchaseRowsTest, BadCellsRejectTheirRowAndNameTheField) {
  VL_ASSERT_OK_AND_ASSIGN(const Rows rows, Read(OpenPurchases,
                                                "customer_id,occurred_at,amount\n"
                                                "1,1997-01-01,-1\n"
                                                "1,yesterday,1\n"
                                                ",1997-01-01,1\n"
                                                "1,1997-01-01\n"
                                                "1,1997-01-01,1\n"));
  ASSERT_THAT(rows, SizeIs(5));
  EXPECT_THAT(rows[0].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("amount")));
  EXPECT_THAT(rows[1].status,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("occurred_at")));
  EXPECT_THAT(rows[2].status,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("customer_id")));
  EXPECT_THAT(rows[3].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2 cells")));
  EXPECT_THAT(rows[4].status, IsOk());
  EXPECT_EQ(rows[3].line, 5);
}

TEST(PurchaseRowsTest, TheHeaderNamesWhatIsUnknownMissingOrTwice) {
  EXPECT_THAT(Read(OpenPurchases, "customer_id,occurred_at,amount,colour\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got colour")));
  EXPECT_THAT(Read(OpenPurchases, "customer_id,amount\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no column occurred_at")));
  EXPECT_THAT(Read(OpenPurchases, "customer_id,occurred_at,amount,amount\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("every column once")));
  EXPECT_THAT(Read(OpenPurchases, ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty file")));
}

TEST(PurchaseRowsTest, ColumnsMayHaveOtherNamesInTheFile) {
  RowOptions options = Utc();
  options.renamed = {{"date", "occurred_at"}};
  VL_ASSERT_OK_AND_ASSIGN(
      const Rows rows, Read(OpenPurchases, "customer_id,date,amount\n1,1997-01-01,1\n", options));
  EXPECT_THAT(rows[0].status, IsOk());
}

TEST(CustomerRowsTest, CellsBecomeAttributesOfTheirType) {
  VL_ASSERT_OK_AND_ASSIGN(
      const Rows rows, Read(OpenCustomers,
                            "customer_id,owner,signal,vip,code,zip:text\nc1,li,0.95,true,007,100\n"
                            "c2,,,,,\n"));
  ASSERT_THAT(rows, SizeIs(2));
  ASSERT_THAT(rows[0].events, SizeIs(5));
  EXPECT_EQ(rows[0].events[0].attribute_change().value().text(), "li");
  EXPECT_EQ(rows[0].events[1].attribute_change().value().number(), 0.95);
  EXPECT_TRUE(rows[0].events[2].attribute_change().value().flag());
  EXPECT_EQ(rows[0].events[3].attribute_change().value().text(), "007");
  EXPECT_EQ(rows[0].events[4].attribute_change().value().text(), "100");
  EXPECT_EQ(rows[0].events[0].occurred_time().seconds(), 1'700'000'000);
  EXPECT_THAT(rows[1].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("attribute")));
}

TEST(NdjsonRowsTest, UnknownFieldsRejectTheirLine) {
  const Rows rows = ReadNdjson(
      R"({"customerId":"c1","occurredTime":"2026-01-01T00:00:00Z","purchase":{"amountMicros":"5"}})"
      "\n\n"
      R"({"customerId":"c1","colour":"red"})"
      "\nnot json\n");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_THAT(rows[0].status, IsOk());
  EXPECT_FALSE(IdOf(rows[0]).empty());
  EXPECT_THAT(rows[1].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("colour")));
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_THAT(rows[2].status, StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(NdjsonRowsTest, RepeatsWithoutAnIdAreCountedAndGivenIdsAreKept) {
  const std::string line =
      R"({"customerId":"c1","occurredTime":"2026-01-01T00:00:00Z","complaint":{"topic":"x"}})"
      "\n";
  const Rows rows = ReadNdjson(
      line + line + R"({"customerId":"c1","eventId":"e7","complaint":{"topic":"x"}})" + "\n");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_THAT(IdOf(rows[0]), ::testing::EndsWith("-1"));
  EXPECT_THAT(IdOf(rows[1]), ::testing::EndsWith("-2"));
  EXPECT_EQ(IdOf(rows[2]), "e7");
}

}  // namespace
}  // namespace valueloop::cli

#include "cli/csv.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;

std::vector<CsvRecord> ReadAll(const std::string& text) {
  std::istringstream in(text);
  CsvReader reader(in);
  std::vector<CsvRecord> records;
  for (CsvRecord record; reader.Next(record);) records.push_back(record);
  return records;
}

TEST(CsvTest, ReadsQuotesCommasAndLineBreaksInsideCells) {
  const auto records = ReadAll("a,\"b, \"\"c\"\"\",\"two\nlines\"\nx,,\n");
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0].cells, ElementsAre("a", "b, \"c\"", "two\nlines"));
  EXPECT_THAT(records[1].cells, ElementsAre("x", "", ""));
  EXPECT_EQ(records[1].line, 3);
}

TEST(CsvTest, DropsTheByteOrderMarkCarriageReturnsAndBlankLines) {
  const auto records = ReadAll(
      "\xEF\xBB\xBF"
      "a,b\r\n\r\n1,2\r\n");
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0].cells, ElementsAre("a", "b"));
  EXPECT_THAT(records[1].cells, ElementsAre("1", "2"));
  EXPECT_EQ(records[1].line, 3);
}

TEST(CsvTest, AQuoteThatIsNeverClosedCostsOneRow) {
  const auto records = ReadAll("a,b\n\"open,1\nc,2\nd,3\n");
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_THAT(records[1].status,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("never closed")));
  EXPECT_EQ(records[1].line, 2);
  EXPECT_THAT(records[2].cells, ElementsAre("c", "2"));
  EXPECT_THAT(records[3].cells, ElementsAre("d", "3"));
}

TEST(CsvTest, RefusesNulInvalidUtf8AndHugeCellsButReadsOn) {
  const std::string huge(CsvReader::kMaxCellBytes + 1, 'x');
  const auto records = ReadAll(std::string("a\0b,1\n", 6) + "\xFF\xFE,2\n" + huge + ",3\nok,4\n");
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_THAT(records[0].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("NUL")));
  EXPECT_THAT(records[1].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("UTF-8")));
  EXPECT_THAT(records[2].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("bytes")));
  EXPECT_THAT(records[3].status, IsOk());
}

TEST(CsvTest, CutsALineThatIsLongerThanAnyCellMayBe) {
  const auto records = ReadAll(std::string(3 << 20, 'x') + "\nok\n");
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0].status,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line: got more than")));
  EXPECT_THAT(records[1].cells, ElementsAre("ok"));
}

TEST(CsvTest, RefusesTextAfterAClosingQuoteAndQuotesInsideACell) {
  const auto records = ReadAll("\"a\"b,1\na\"b,2\n");
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("comma")));
  EXPECT_THAT(records[1].status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("quote")));
}

}  // namespace
}  // namespace valueloop::cli

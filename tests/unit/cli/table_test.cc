#include "cli/table.h"

#include <sstream>

#include "cli/progress.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace valueloop::cli {
namespace {

TEST(DisplayWidthTest, ChineseTakesTwoCellsAndCombiningMarksNone) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("客户"), 4);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1);
  EXPECT_EQ(DisplayWidth("，（"), 4);
  EXPECT_EQ(DisplayWidth("\xFF"), 1);
}

TEST(FitWidthTest, CutsBetweenCharacters) {
  EXPECT_EQ(FitWidth("客户价值", 8), "客户价值");
  EXPECT_EQ(FitWidth("客户价值", 6), "客户…");
  EXPECT_EQ(FitWidth("abc", 2), "a…");
}

TEST(TableTest, ColumnsStayAlignedWithChinese) {
  Table table({{"名称"}, {"N", Table::Align::kRight}, {"END"}});
  table.AddRow({"客户价值", "7", "x"});
  table.AddRow({"ab", "1,234", "y"});
  std::ostringstream out;
  table.Print(out, false);
  EXPECT_EQ(out.str(),
            "名称          N  END\n"
            "客户价值      7  x\n"
            "ab        1,234  y\n");
}

TEST(TableTest, ControlCharactersCannotReachTheTerminal) {
  Table table({{"A"}});
  table.AddRow({"x\x1B[31my\n"});
  std::ostringstream out;
  table.Print(out, false);
  EXPECT_EQ(out.str(), "A\nx?[31my?\n");
}

TEST(NumberTest, SeparatesThousandsAndKeepsTheSign) {
  EXPECT_EQ(Number(1234567.891), "1,234,567.89");
  EXPECT_EQ(Number(-1234.5, 1), "-1,234.5");
  EXPECT_EQ(Number(-0.001), "0.00");
  EXPECT_EQ(Number(std::nullopt), "-");
  EXPECT_EQ(Count(100), "100");
}

TEST(ProgressTest, TellsShareRateAndTimeLeft) {
  EXPECT_EQ(ProgressText("import", "rows", 25, 100, 5000, absl::Seconds(10)),
            "import [######..................]  25%  5,000 rows  500/s  30 s left");
}

}  // namespace
}  // namespace valueloop::cli

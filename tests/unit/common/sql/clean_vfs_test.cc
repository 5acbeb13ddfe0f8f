#include "common/sql/clean_vfs.h"

#include <vector>

#include "gtest/gtest.h"

namespace valueloop::sql {
namespace {

// A page of a table's b-tree: kind, two bytes each of first free block, cells and content's start.
std::vector<uint8_t> Page(size_t size, uint8_t kind, size_t cell_count, size_t content,
                          size_t header = 0) {
  std::vector<uint8_t> page(size, 0);
  page[header] = kind;
  page[header + 3] = static_cast<uint8_t>(cell_count >> 8);
  page[header + 4] = static_cast<uint8_t>(cell_count);
  page[header + 5] = static_cast<uint8_t>(content >> 8);
  page[header + 6] = static_cast<uint8_t>(content);
  return page;
}

void ExpectGap(const PageGap& gap, size_t begin, size_t end) {
  EXPECT_EQ(gap.begin, begin);
  EXPECT_EQ(gap.end, end);
}

TEST(GapOfTest, LiesBetweenTheCellPointersAndTheContent) {
  ExpectGap(GapOf(Page(4096, 13, 3, 1000), false), 8 + 6, 1000);  // Leaf of a table.
  ExpectGap(GapOf(Page(4096, 10, 3, 1000), false), 8 + 6, 1000);  // Leaf of an index.
  ExpectGap(GapOf(Page(4096, 5, 3, 1000), false), 12 + 6, 1000);  // Interior ones.
  ExpectGap(GapOf(Page(4096, 2, 3, 1000), false), 12 + 6, 1000);
}

TEST(GapOfTest, IsBehindTheFilesHeaderOnTheFirstPage) {
  ExpectGap(GapOf(Page(4096, 13, 2, 3000, 100), true), 100 + 8 + 4, 3000);
}

TEST(GapOfTest, IsTheWholeRestOfAPageOf64KbWithoutCells) {
  ExpectGap(GapOf(Page(65536, 13, 0, 0), false), 8, 65536);
}

TEST(GapOfTest, IsEmptyOnPagesThatAreNoBTrees) {
  for (const int kind : {0, 1, 3, 4, 6, 9, 14, 255}) {
    ExpectGap(GapOf(Page(4096, static_cast<uint8_t>(kind), 3, 1000), false), 0, 0);
  }
}

TEST(GapOfTest, IsEmptyWhereTheHeaderContradictsItself) {
  ExpectGap(GapOf(Page(4096, 13, 600, 1000), false), 0, 0);
  ExpectGap(GapOf(Page(4096, 13, 3, 5000), false), 0, 0);
  ExpectGap(GapOf(Page(256, 13, 3, 100), false), 0, 0);
  std::vector<uint8_t> reserved = Page(4096, 13, 2, 3000, 100);
  reserved[20] = 8;
  ExpectGap(GapOf(reserved, true), 0, 0);
}

}  // namespace
}  // namespace valueloop::sql

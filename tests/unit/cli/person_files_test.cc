#include "cli/person_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::cli {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

class RemoveLinesNamingTest : public ::testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  std::string Read() {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  testing::TempDir folder_;
  const std::string path_ = folder_.File("in.csv.rejects.csv");
};

TEST_F(RemoveLinesNamingTest, KeepsTheLinesOfOthers) {
  Write("line,reason,row\n2,bad,\"C-1,x\"\n3,bad,\"C-10,x\"\n4,\"customer C-2: bad\",x\n");
  EXPECT_THAT(RemoveLinesNaming(path_, {"C-1", "C-2"}), IsOkAndHolds(2));
  EXPECT_EQ(Read(), "line,reason,row\n3,bad,\"C-10,x\"\n");
  EXPECT_THAT(RemoveLinesNaming(path_, {"C-1", "C-2"}), IsOkAndHolds(0));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".cleaned"));
}

TEST_F(RemoveLinesNamingTest, SaysWhichFileCannotBeRead) {
  EXPECT_THAT(RemoveLinesNaming(path_, {"C-1"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("in.csv.rejects.csv")));
}

}  // namespace
}  // namespace valueloop::cli

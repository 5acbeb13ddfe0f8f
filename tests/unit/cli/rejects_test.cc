#include "cli/rejects.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::cli {
namespace {

TEST(RejectWriterTest, KeepsLineReasonAndRow) {
  testing::TempDir folder;
  RejectWriter rejects(folder.File("x.csv"), RejectWriter::Format::kCsv, false);
  VL_ASSERT_OK(rejects.Write({7, "amount: got -1, want 0 or more", "1,1997-01-01,-1"}));
  VL_ASSERT_OK(rejects.Flush());
  EXPECT_EQ(testing::ReadFileOrDie(folder.File("x.csv")),
            "line,reason,row\n7,\"amount: got -1, want 0 or more\",\"1,1997-01-01,-1\"\n");
}

TEST(RejectWriterTest, AResumedImportContinuesTheFileWithoutRepeatingLines) {
  testing::TempDir folder;
  const std::string path = folder.File("x.ndjson");
  {
    RejectWriter rejects(path, RejectWriter::Format::kNdjson, false);
    VL_ASSERT_OK(rejects.Write({3, "bad \"quote\"", "a\tb"}));
    VL_ASSERT_OK(rejects.Flush());
  }
  RejectWriter resumed(path, RejectWriter::Format::kNdjson, true);
  VL_ASSERT_OK(resumed.Write({3, "bad", "a"}));
  VL_ASSERT_OK(resumed.Write({9, "worse", "\xFF"}));
  VL_ASSERT_OK(resumed.Flush());
  EXPECT_EQ(testing::ReadFileOrDie(path),
            "{\"line\":3,\"reason\":\"bad \\\"quote\\\"\",\"row\":\"a\\u0009b\"}\n"
            "{\"line\":9,\"reason\":\"worse\",\"row\":\"?\"}\n");
}

TEST(RejectWriterTest, AFileOfAnEarlierImportDoesNotSurvive) {
  testing::TempDir folder;
  const std::string path = folder.File("x.csv");
  {
    RejectWriter rejects(path, RejectWriter::Format::kCsv, false);
    VL_ASSERT_OK(rejects.Write({3, "bad", "row"}));
    VL_ASSERT_OK(rejects.Flush());
  }
  RejectWriter fresh(path, RejectWriter::Format::kCsv, false);
  VL_ASSERT_OK(fresh.Flush());
  EXPECT_FALSE(std::ifstream(path).good());
}

TEST(RejectWriterTest, SaysWhenItCannotWrite) {
  RejectWriter rejects("/nonexistent/x.csv", RejectWriter::Format::kCsv, false);
  EXPECT_THAT(rejects.Write({1, "bad", "row"}),
              testing::StatusIs(absl::StatusCode::kNotFound, ::testing::HasSubstr("--rejects")));
}

}  // namespace
}  // namespace valueloop::cli

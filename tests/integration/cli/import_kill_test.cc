// A server killed in the middle of imports: nothing is lost, nothing is doubled, nobody has to
// help.
#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "cli/context.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/cli/running_up.h"
#include "testing/child_process.h"
#include "testing/eventually.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace valueloop::cli {
namespace {

using testing::ChildProcess;
using ::testing::HasSubstr;

constexpr int kKills = 10;

// A scoring service that comes back at the same address with the same data.
class KillableScoring {
 public:
  KillableScoring() { Start("127.0.0.1:0"); }

  void KillAndRestart() {
    process_->Kill();
    Start(address_);
  }
  const std::string& address() const { return address_; }

 private:
  void Start(const std::string& address) {
    auto process =
        ChildProcess::Start({VL_BIN_DIR "/valueloop-scoring", "--listen-address=" + address,
                             "--metrics-address=127.0.0.1:0", "--data-dir=" + folder_.path(),
                             "--strategy=127.0.0.1:1"});
    ASSERT_TRUE(process.ok()) << process.status().ToString();
    process_ = *std::move(process);
    ASSERT_TRUE(process_->WaitForOutput("\n")) << process_->Errors();
    const std::string line = process_->Output();  // listening ADDRESS metrics ...
    const size_t begin = line.find(' ') + 1;
    address_ = line.substr(begin, line.find(' ', begin) - begin);
  }

  testing::TempDir folder_;
  std::string address_;
  std::unique_ptr<ChildProcess> process_;
};

Outcome RunAt(const std::string& address, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--scoring", address, "--lang", "en"});
  return RunProgram(arguments);
}

// Whether anything is in the ledger yet.
bool HasEvents(const std::string& address) {
  const Outcome stats = RunAt(
      address, {"call", "LedgerService/GetLedgerStats", R"({"parent": "workspaces/default"})"});
  return stats.code == kDone && stats.out.find("\"eventCount\": \"0\"") == std::string::npos;
}

// Imports `file` while the server is killed ten times at moments drawn from `seed`.
void ExpectImportSurvivesKills(const std::string& file, int64_t rows, const std::string& batch_size,
                               unsigned seed) {
  KillableScoring scoring;
  auto import =
      ChildProcess::Start({VL_BIN_DIR "/valueloop", "import", "purchases", file, "--scoring",
                           scoring.address(), "--batch-size", batch_size, "-o", "csv"});
  ASSERT_TRUE(import.ok());
  ASSERT_TRUE(testing::Eventually([&] { return HasEvents(scoring.address()); }))
      << (*import)->Errors();
  std::mt19937 draw(seed);
  for (int i = 0; i < kKills; ++i) {
    // The moments are the point of the test; nothing is waited for.
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + draw() % 200));
    scoring.KillAndRestart();
    if (::testing::Test::HasFatalFailure()) return;
  }
  const auto exit = (*import)->Wait(std::chrono::seconds(60));
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->code, kDone) << (*import)->Errors();
  EXPECT_TRUE((*import)->WaitForOutput(fmt::format(",{},0,0\n", rows))) << (*import)->Output();
  const Outcome stats = RunAt(scoring.address(), {"call", "LedgerService/GetLedgerStats",
                                                  R"({"parent": "workspaces/default"})"});
  EXPECT_THAT(stats.out, HasSubstr(fmt::format("\"eventCount\": \"{}\"", rows)));
  EXPECT_EQ(RunAt(scoring.address(), {"verify"}).code, kDone);
}

TEST(ImportKillTest, TenKillsOfTheServerLoseAndDoubleNothing) {
  testing::TempDir folder;
  const std::string file = folder.File("purchases.csv");
  const Outcome sample =
      RunProgram({"sample", "customers", "--count", "2000", "--format", "csv", "--file", file});
  ASSERT_EQ(sample.code, kDone) << sample.err;
  const std::string text = testing::ReadFileOrDie(file);
  ExpectImportSurvivesKills(file, std::count(text.begin(), text.end(), '\n') - 1, "10", 1);
}

TEST(ImportKillTest, TenKillsDuringTheCdnowMasterFileKeepAllItsTrueRepeats) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_master_transactions.csv");
  testing::TempDir folder;  // Rejected rows would go beside the input.
  const std::string file = folder.File("cdnow.csv");
  WriteFile(file, testing::ReadFileOrDie(path));
  ExpectImportSurvivesKills(file, 69'659, "100", 2);
}

TEST(ImportKillTest, AnImportThatWasKilledItselfGoesOnWithResume) {
  KillableScoring scoring;
  testing::TempDir folder;
  const std::string file = folder.File("purchases.csv");
  ASSERT_EQ(
      RunProgram({"sample", "customers", "--count", "2000", "--format", "csv", "--file", file})
          .code,
      kDone);
  const std::string text = testing::ReadFileOrDie(file);
  const int64_t rows = std::count(text.begin(), text.end(), '\n') - 1;
  {
    auto import = ChildProcess::Start({VL_BIN_DIR "/valueloop", "import", "purchases", file,
                                       "--scoring", scoring.address(), "--batch-size", "100"});
    ASSERT_TRUE(import.ok());
    ASSERT_TRUE(testing::Eventually([&] { return HasEvents(scoring.address()); }));
    (*import)->Kill();
  }
  const Outcome resumed = RunAt(scoring.address(), {"import", "purchases", file, "--resume",
                                                    "--batch-size", "100", "-o", "csv"});
  EXPECT_EQ(resumed.code, kDone) << resumed.err;
  EXPECT_THAT(resumed.out, HasSubstr(fmt::format(",{},0,0\n", rows)));
  EXPECT_EQ(RunAt(scoring.address(), {"verify"}).code, kDone);
}

}  // namespace
}  // namespace valueloop::cli

#include "common/startup.h"

#include <filesystem>
#include <fstream>

#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

TEST(StartupTest, TheStoreIsAFileOfItsServiceInAFolderThatIsMade) {
  const testing::TempDir folder;
  ServiceConfig config = DefaultConfig("scoring");
  config.data_dir = folder.File("a/b");
  EXPECT_THAT(StoreUrl(config), IsOkAndHolds("sqlite:" + folder.File("a/b/scoring.db")));
  EXPECT_TRUE(std::filesystem::is_directory(config.data_dir));
}

TEST(StartupTest, AStoreThatIsNamedIsTaken) {
  ServiceConfig config = DefaultConfig("scoring");
  config.store = "sqlite:/elsewhere.db";
  EXPECT_THAT(StoreUrl(config), IsOkAndHolds("sqlite:/elsewhere.db"));
}

TEST(StartupTest, AFileInTheFoldersPlaceIsAnError) {
  const testing::TempDir folder;
  ServiceConfig config = DefaultConfig("scoring");
  config.data_dir = folder.File("taken");
  std::ofstream(config.data_dir) << "text";
  EXPECT_THAT(StoreUrl(config),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("data-dir: got ")));
}

TEST(StartupTest, TheBoundPortStandsInPlaceOfTheOneAskedFor) {
  EXPECT_EQ(BoundAddress("127.0.0.1:0", 7401), "127.0.0.1:7401");
  EXPECT_EQ(BoundAddress("[::1]:0", 7401), "[::1]:7401");
  EXPECT_EQ(BoundAddress("unix:/run/scoring", 0), "unix:/run/scoring");
}

TEST(StartupTest, OneLineTellsParentsWhereItServes) {
  ServiceConfig config = DefaultConfig("scoring");
  config.listen_address = "127.0.0.1:0";
  config.metrics_address = "";
  ::testing::internal::CaptureStdout();
  Announce(config, 7401, 0);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "listening 127.0.0.1:7401 metrics none\n");
}

}  // namespace
}  // namespace valueloop

#include "common/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "common/status.h"
#include "testing/status_matchers.h"

namespace valueloop {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

// Sets an environment variable while it lives.
class ScopedEnvironment {
 public:
  ScopedEnvironment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~ScopedEnvironment() { unsetenv(name_); }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;

 private:
  const char* name_;
};

absl::StatusOr<ServiceConfig> Load(std::vector<const char*> flags,
                                   ServiceConfig defaults = DefaultConfig("scoring")) {
  flags.insert(flags.begin(), "program");
  return LoadConfig(static_cast<int>(flags.size()), flags.data(), defaults);
}

class ConfigFileTest : public ::testing::Test {
 protected:
  ConfigFileTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "valueloop-config-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ / "service.toml";
  }
  ~ConfigFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(std::string_view text) { std::ofstream(path_) << text; }

  std::filesystem::path folder_;
  std::string path_;
};

TEST(ConfigTest, EveryServiceHasItsOwnLoopbackPorts) {
  VL_ASSERT_OK_AND_ASSIGN(const ServiceConfig scoring, Load({}));
  EXPECT_EQ(scoring.listen_address, "127.0.0.1:7401");
  EXPECT_EQ(scoring.metrics_address, "127.0.0.1:9401");
  EXPECT_EQ(scoring.redis_address, "");
  EXPECT_EQ(DefaultConfig("strategy").listen_address, "127.0.0.1:7402");
  EXPECT_EQ(DefaultConfig("performance").metrics_address, "127.0.0.1:9403");
}

TEST(ConfigTest, ReadsFlags) {
  VL_ASSERT_OK_AND_ASSIGN(
      const ServiceConfig config,
      Load({"--listen-address", "127.0.0.1:0", "--metrics-address=none", "--worker-count=8",
            "--queue-limit", "0", "--drain-timeout=1m30s", "--log-level", "error", "--redis",
            "unix:/tmp/redis.sock", "--strategy=strategy:7402"}));
  EXPECT_EQ(config.listen_address, "127.0.0.1:0");
  EXPECT_EQ(config.metrics_address, "");
  EXPECT_EQ(config.worker_count, 8);
  EXPECT_EQ(config.queue_limit, 0);
  EXPECT_EQ(config.drain_timeout, absl::Seconds(90));
  EXPECT_EQ(config.log_level, log::Level::kError);
  EXPECT_EQ(config.redis_address, "unix:/tmp/redis.sock");
  EXPECT_EQ(config.strategy, "strategy:7402");
}

TEST_F(ConfigFileTest, AFlagBeatsTheEnvironmentWhichBeatsTheFileWhichBeatsTheDefault) {
  Write("worker-count = 2\nqueue-limit = 20\ndata-dir = \"/from-file\"\n");
  const ScopedEnvironment queue("VALUELOOP_QUEUE_LIMIT", "30");
  const ScopedEnvironment data("VALUELOOP_DATA_DIR", "/from-environment");
  VL_ASSERT_OK_AND_ASSIGN(const ServiceConfig config,
                          Load({"--config", path_.c_str(), "--data-dir", "/from-flag"}));
  EXPECT_EQ(config.data_dir, "/from-flag");
  EXPECT_EQ(config.queue_limit, 30);
  EXPECT_EQ(config.worker_count, 2);
  EXPECT_EQ(config.listen_address, "127.0.0.1:7401");
}

TEST_F(ConfigFileTest, TheEnvironmentMayNameTheFile) {
  Write("worker-count = 3\ninsecure = true\n");
  const ScopedEnvironment file("VALUELOOP_CONFIG", path_.c_str());
  VL_ASSERT_OK_AND_ASSIGN(const ServiceConfig config, Load({}));
  EXPECT_EQ(config.worker_count, 3);
  EXPECT_TRUE(config.insecure);
}

TEST_F(ConfigFileTest, RefusesAnUnknownKeyAndAMissingFile) {
  Write("wroker-count = 3\n");
  EXPECT_THAT(Load({"--config", path_.c_str()}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("wroker-count")));
  EXPECT_THAT(Load({"--config", (path_ + ".gone").c_str()}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(".gone")));
}

TEST(ConfigTest, RefusesUnknownOptionsAndValuesOutOfRange) {
  const auto invalid = [](std::string_view text) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(text)));
  };
  EXPECT_THAT(Load({"--wrong"}), invalid("--wrong"));
  EXPECT_THAT(Load({"--redis=", "--insecure"}), invalid("redis: got no value, want one"));
  EXPECT_THAT(Load({"--worker-count=0"}), invalid("worker_count: got 0, want 1 to 256"));
  EXPECT_THAT(Load({"--worker-count=many"}), invalid("worker-count"));
  EXPECT_THAT(Load({"--queue-limit=-1"}), invalid("queue_limit: got -1"));
  EXPECT_THAT(Load({"--drain-timeout=10"}), invalid("drain_timeout: got 10, want a duration"));
  EXPECT_THAT(Load({"--drain-timeout=-1s"}), invalid("drain_timeout: got -1s"));
  EXPECT_THAT(Load({"--log-level=loud"}), invalid("log_level: got loud"));
  EXPECT_THAT(Load({"--listen-address=127.0.0.1"}), invalid("listen_address: got 127.0.0.1, want"));
  EXPECT_THAT(Load({"--listen-address=127.0.0.1:70000"}), invalid("want host:port"));
}

TEST(ConfigTest, RefusesAnAddressThatOthersCanReachAndSaysWhy) {
  for (const char* flag :
       {"--listen-address=0.0.0.0:7401", "--listen-address=[::]:7401",
        "--listen-address=127.evil.example.com:7401", "--metrics-address=192.168.1.5:9401"}) {
    const absl::Status status = Load({flag}).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                                 HasSubstr("neither encryption nor authentication")))
        << flag;
    EXPECT_EQ(ReasonOf(status), "INSECURE_ADDRESS");
    EXPECT_THAT(Load({flag, "--insecure"}), testing::IsOk()) << flag;
  }
}

TEST(ConfigTest, KnowsLoopbackAddresses) {
  for (const char* address :
       {"127.0.0.1:1", "127.1.2.3:1", "localhost:1", "[::1]:1", "unix:/tmp/x"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address :
       {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "127.0.0.1.example:1", "host:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

TEST(ConfigTest, AServiceMayHaveOptionsOfItsOwn) {
  ServiceConfig defaults = DefaultConfig("scoring");
  defaults.extra["l2-timeout-ms"] = "3";
  VL_ASSERT_OK_AND_ASSIGN(const ServiceConfig unset, Load({}, defaults));
  EXPECT_EQ(unset.extra.at("l2-timeout-ms"), "3");
  const ScopedEnvironment environment("VALUELOOP_L2_TIMEOUT_MS", "5");
  VL_ASSERT_OK_AND_ASSIGN(const ServiceConfig set, Load({}, defaults));
  EXPECT_EQ(set.extra.at("l2-timeout-ms"), "5");
}

TEST(ConfigTest, HelpListsTheOptions) {
  VL_ASSERT_OK_AND_ASSIGN(const ServiceConfig config, Load({"--help"}));
  EXPECT_THAT(config.help_text, HasSubstr("--listen-address"));
  EXPECT_THAT(config.help_text, HasSubstr("VALUELOOP_SOME_NAME"));
}

TEST(ConfigTest, RunServiceTurnsTheOutcomeIntoAnExitCode) {
  const char* good[] = {"program"};
  const char* bad[] = {"program", "--wrong"};
  const ServiceConfig defaults = DefaultConfig("scoring");
  EXPECT_EQ(RunService(1, good, defaults, [](const ServiceConfig&) { return absl::OkStatus(); }),
            0);
  const log::ScopedSink silent([](std::string_view) {});
  EXPECT_EQ(RunService(1, good, defaults,
                       [](const ServiceConfig&) { return absl::UnavailableError("x"); }),
            1);
  EXPECT_EQ(RunService(2, bad, defaults, [](const ServiceConfig&) { return absl::OkStatus(); }),
            64);
}

}  // namespace
}  // namespace valueloop

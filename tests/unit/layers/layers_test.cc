// Holds the dependency rule: main -> rpc -> store -> domain, each may use common, nothing points
// back, a service never includes another's headers, and drivers stay where they belong.
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/shared_data.h"

namespace valueloop {
namespace {

using ::testing::IsEmpty;

struct Include {
  std::string file;    // from services/, such as "scoring/domain/score.cc"
  std::string header;  // as written between the quotes or angle brackets
};

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.rfind(prefix, 0) == 0;
}

// Says what `include` breaks; empty if it is allowed.
std::string Violation(const Include& include) {
  static const std::vector<std::string> kServices = {"scoring", "strategy", "performance"};
  static const std::vector<std::string> kLayers = {"domain", "store", "rpc"};
  const auto& [file, header] = include;
  const std::string service = file.substr(0, file.find('/'));
  const auto layer_of = [](const std::string& path) -> int {
    for (size_t i = 0; i < kLayers.size(); ++i) {
      if (path.find("/" + kLayers[i] + "/") != std::string::npos) return static_cast<int>(i);
    }
    return static_cast<int>(kLayers.size());  // main.cc
  };
  const bool proto = header.find(".pb.h") != std::string::npos ||
                     StartsWith(header, "google/protobuf/") || StartsWith(header, "grpcpp/");
  const bool may_proto = layer_of(file) >= 2 || service == "cli";
  const bool common_rpc = StartsWith(file, "common/rpc/");
  if (service == "common" && proto && !common_rpc) return "common outside rpc includes proto";
  if (service != "common" && proto && !may_proto) return "only rpc and cli include proto";
  if (StartsWith(header, "grpcpp/") && !common_rpc) return "only common/rpc includes gRPC";
  if (StartsWith(header, "hiredis") && !StartsWith(file, "common/redis/")) {
    return "only common/redis includes hiredis";
  }
  if ((StartsWith(header, "soci") || header == "sqlite3.h") && !StartsWith(file, "common/sql/")) {
    return "only common/sql includes SOCI and SQLite";
  }
  if (StartsWith(header, "prometheus/") && !StartsWith(file, "common/metrics")) {
    return "only common/metrics includes prometheus";
  }
  for (const std::string& other : kServices) {
    if (!StartsWith(header, other + "/")) continue;
    if (other != service) return "includes another service's header";
    if (layer_of(header) > layer_of(file)) return "points back up";
  }
  if (service == "common" && StartsWith(header, "cli/")) return "common includes cli";
  if (layer_of(file) == 0 && service != "cli" && service != "common" &&
      StartsWith(header, "common/") && header != "common/status.h" && header != "common/day.h" &&
      header != "common/predicate.h" && header != "common/draw.h" &&
      header != "common/text_rule.h" && header != "common/utf8.h") {
    return "domain uses more of common than errors, days, predicates, text rules and draws";
  }
  static const std::vector<std::string> kImpure = {
      "chrono", "ctime", "fstream", "iostream", "spdlog/spdlog.h", "thread", "cstdio"};
  if (layer_of(file) == 0 && service != "cli" && service != "common") {
    for (const std::string& impure : kImpure) {
      if (header == impure) return "domain has no I/O, clock, threads or log";
    }
  }
  return "";
}

std::vector<Include> AllIncludes() {
  const std::filesystem::path root = testing::RepositoryPath("services");
  const std::regex line_pattern(R"(^\s*#include\s+["<]([^">]+)[">])");
  std::vector<Include> includes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".cc" && extension != ".h") continue;
    std::ifstream in(entry.path());
    std::smatch match;
    for (std::string line; std::getline(in, line);) {
      if (std::regex_search(line, match, line_pattern)) {
        includes.push_back({std::filesystem::relative(entry.path(), root).string(), match[1]});
      }
    }
  }
  return includes;
}

TEST(LayersTest, NoLayerIncludesWhatItMustNot) {
  std::vector<std::string> violations;
  const std::vector<Include> includes = AllIncludes();
  ASSERT_GT(includes.size(), 10u);
  for (const Include& include : includes) {
    const std::string violation = Violation(include);
    if (!violation.empty()) {
      violations.push_back(include.file + " includes " + include.header + ": " + violation);
    }
  }
  EXPECT_THAT(violations, IsEmpty());
}

TEST(LayersTest, TheRuleCatchesEveryKindOfTrespass) {
  const std::vector<Include> trespasses = {
      {"scoring/domain/score.cc", "scoring/store/ledger_store.h"},
      {"scoring/store/ledger_store.cc", "scoring/rpc/score_rpc.h"},
      {"scoring/rpc/score_rpc.cc", "strategy/domain/plan.h"},
      {"scoring/store/ledger_store.cc", "valueloop/scoring/v1/score.pb.h"},
      {"scoring/domain/score.h", "common/sql/database.h"},
      {"scoring/domain/score.h", "chrono"},
      {"scoring/rpc/score_rpc.cc", "grpcpp/grpcpp.h"},
      {"scoring/store/ledger_store.cc", "soci/soci.h"},
      {"scoring/store/score_cache.cc", "hiredis/hiredis.h"},
      {"strategy/main.cc", "prometheus/counter.h"},
      {"common/sql/database.cc", "google/protobuf/message.h"},
  };
  for (const Include& trespass : trespasses) {
    EXPECT_NE(Violation(trespass), "") << trespass.file << " includes " << trespass.header;
  }
  EXPECT_EQ(Violation({"scoring/rpc/score_rpc.cc", "scoring/domain/score.h"}), "");
  EXPECT_EQ(Violation({"scoring/main.cc", "scoring/rpc/score_rpc.h"}), "");
}

}  // namespace
}  // namespace valueloop

// What this test program does when a test starts it as a child, and its main().
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "common/sql/job_runner.h"
#include "contract/common/sql/testing.h"
#include "testing/child_main.h"

namespace valueloop {
namespace {

absl::StatusOr<std::unique_ptr<sql::Database>> OpenItems(const std::string& url) {
  return sql::Database::Open(
      url, {.migrations = {sql::CommonMigrations(), {"test", sql::kItemsMigrations}}});
}

// URL: opens the database and stays.
int Hold(const std::vector<std::string>& arguments) {
  const auto database = OpenItems(arguments.at(0));
  if (!database.ok()) return 1;
  std::puts("ready");
  std::fflush(stdout);
  for (;;) pause();
}

// URL ROUND: inserts rows from four threads for ever, and prints a line for each once it is
// acknowledged.
int Insert(const std::vector<std::string>& arguments) {
  const auto database = OpenItems(arguments.at(0));
  if (!database.ok()) {
    std::fprintf(stderr, "%s\n", database.status().ToString().c_str());
    return 1;
  }
  const int64_t round = std::stoll(arguments.at(1));
  std::atomic<int64_t> next{0};
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (;;) {
        const int64_t number = ++next;
        const absl::Status status = (*database)->Write([&](sql::Session& session) {
          return session
              .Execute("INSERT INTO items (id, price) VALUES (:id, :price)",
                       {round * 1'000'000 + number, static_cast<double>(round)})
              .status();
        });
        if (!status.ok()) return;
        const std::string line = "acknowledged " + std::to_string(number) + "\n";
        if (write(STDOUT_FILENO, line.data(), line.size()) < 0) return;
      }
    });
  }
  return 0;
}

// URL: claims the first job of kind WORK, says so and never ends it.
int Work(const std::vector<std::string>& arguments) {
  const auto database = OpenItems(arguments.at(0));
  if (!database.ok()) return 1;
  sql::JobStore store(**database);
  sql::JobRunner runner(store, {.owner = "first"});
  runner.Register("WORK", [](sql::JobContext&) -> absl::Status {
    std::puts("running");
    std::fflush(stdout);
    for (;;) pause();
  });
  if (!runner.Start().ok()) return 1;
  for (;;) pause();
}

}  // namespace
}  // namespace valueloop

int main(int argc, char** argv) {
  return valueloop::testing::TestMain(
      argc, argv,
      {{"hold", valueloop::Hold}, {"insert", valueloop::Insert}, {"work", valueloop::Work}});
}

// `make bench`: the parts of scoring that everything waits for, each against a bare yardstick.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/model_bench.h"
#include "bench/paired.h"
#include "common/sql/database.h"
#include "fmt/format.h"
#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/history.h"
#include "scoring/rpc/event_text.h"
#include "scoring/store/level_one.h"
#include "scoring/store/sql_ledger_store.h"
#include "testing/temp_dir.h"

namespace valueloop::scoring {
namespace {

constexpr BgNbdParams kCdnow{.r = 0.243, .alpha = 4.414, .a = 0.793, .b = 2.426};

void DieUnless(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "bench: %s\n", status.ToString().c_str());
  std::exit(1);
}

// Spread over what real customers look like; the same on every run.
std::vector<PurchaseHistory> Histories(int count) {
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < count; ++i) {
    const int repeat_count = i % 7;
    const double age = 27 + i % 12;
    histories.push_back({.repeat_count = repeat_count,
                         .last_weeks = repeat_count == 0 ? 0 : age * (0.2 + 0.1 * (i % 8)),
                         .age_weeks = age});
  }
  return histories;
}

// Keeps the compiler from dropping a computation.
volatile double sink = 0;

void BenchPredictions() {
  const std::vector<PurchaseHistory> histories = Histories(20'000);
  bench::Compare("expected purchases over a year", "customer",
                 {"stable series",
                  [&] {
                    for (const PurchaseHistory& history : histories) {
                      sink = sink + *ExpectedPurchases(kCdnow, history, 52);
                    }
                    return static_cast<int64_t>(histories.size());
                  }},
                 {"20 logarithms", [&] {
                    for (const PurchaseHistory& history : histories) {
                      double sum = 0;
                      for (int k = 1; k <= 20; ++k) sum += std::log(history.age_weeks + k);
                      sink = sink + sum;
                    }
                    return static_cast<int64_t>(histories.size());
                  }});
}

void BenchLevelOne() {
  constexpr int kCount = 100'000;
  LevelOne cache({.max_bytes = size_t{256} << 20});
  std::unordered_map<std::string, std::shared_ptr<const std::string>> map;
  std::vector<std::string> owners;
  const absl::Time now = absl::FromUnixSeconds(1767225600);
  for (int i = 0; i < kCount; ++i) {
    owners.push_back(fmt::format("default/customer-{}", i));
    const auto answer = std::make_shared<const std::string>(300, 'x');
    cache.Keep(owners.back(), "2026-06-30B", answer, cache.TakeTicket(owners.back()), now);
    map[owners.back()] = answer;
  }
  fmt::print("level 1: {} answers of 300 bytes take {:.1f} MB\n", kCount,
             static_cast<double>(cache.bytes()) / 1e6);
  bench::Compare("cached score", "look-up",
                 {"level 1",
                  [&] {
                    for (const std::string& owner : owners) {
                      sink =
                          sink + static_cast<double>(cache.Find(owner, "2026-06-30B", now)->size());
                    }
                    return int64_t{kCount};
                  }},
                 {"bare unordered_map", [&] {
                    for (const std::string& owner : owners) {
                      sink = sink + static_cast<double>(map.find(owner)->second->size());
                    }
                    return int64_t{kCount};
                  }});
}

AppendRequest Batch(int64_t number, int count) {
  AppendRequest request{.workspace = "default", .zone = absl::UTCTimeZone()};
  for (int i = 0; i < count; ++i) {
    LedgerEntry entry;
    entry.event.customer_id = fmt::format("c{}", (number * count + i) % 5000);
    entry.event.event_id = fmt::format("e{}-{}", number, i);
    entry.event.occurred_micros = 1767225600'000000 + number * 86400'000000;
    entry.event.payload = Purchase{.amount_micros = 12'340'000};
    entry.payload = R"({"purchase":{"amountMicros":"12340000"}})";
    entry.content_hash = "0123456789abcdef";
    entry.index = i;
    request.entries.push_back(std::move(entry));
  }
  return request;
}

void BenchImport() {
  constexpr int kBatches = 10;
  constexpr int kRows = 1000;
  const testing::TempDir folder;
  auto ledger_database =
      sql::Database::Open("sqlite:" + folder.File("ledger.db"),
                          {.migrations = {sql::CommonMigrations(), LedgerMigrations()}});
  DieUnless(ledger_database.status());
  auto bare_database =
      sql::Database::Open("sqlite:" + folder.File("bare.db"),
                          {.migrations = {sql::CommonMigrations(), LedgerMigrations()}});
  DieUnless(bare_database.status());
  SqlLedgerStore ledger(**ledger_database, DecodeStoredEvent);
  int64_t next = 0;
  int64_t next_bare = 0;
  bench::Compare(
      "import of purchases, durable", "row",
      {"ledger (events, summaries, totals)",
       [&] {
         for (int i = 0; i < kBatches; ++i) DieUnless(ledger.Append(Batch(next++, kRows)).status());
         return int64_t{kBatches} * kRows;
       }},
      {"bare prepared inserts of the same events", [&] {
         for (int i = 0; i < kBatches; ++i) {
           const AppendRequest batch = Batch(next_bare++, kRows);
           DieUnless((*bare_database)->Write([&](sql::Session& session) -> absl::Status {
             for (const LedgerEntry& entry : batch.entries) {
               const auto inserted = session.Execute(
                   "INSERT INTO events (workspace, customer, source, event_id, ledger_revision,"
                   " kind, occurred_micros, day, amount_micros, content_hash, payload,"
                   " recorded_micros) VALUES (:w, :c, :s, :e, :r, :k, :o, :d, :a, :h, :p, :m)",
                   {"default", entry.event.customer_id, "", entry.event.event_id, 1, "PURCHASE",
                    entry.event.occurred_micros, 20000, 12'340'000, entry.content_hash,
                    entry.payload, 0});
               if (!inserted.ok()) return inserted.status();
             }
             return absl::OkStatus();
           }));
         }
         return int64_t{kBatches} * kRows;
       }});
}

}  // namespace
}  // namespace valueloop::scoring

// `valueloop_bench [--customers=N] [--most=N] [part ...]`: the parts named, or all of them: fit,
// score, summary, growth (up to --most customers, default 10^7), prediction, cache, import.
int main(int argc, char** argv) {
  int64_t customers = 1'000'000;
  int64_t most = 10'000'000;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.starts_with("--customers=")) {
      customers = std::atoll(argument.c_str() + 12);
    } else if (argument.starts_with("--most=")) {
      most = std::atoll(argument.c_str() + 7);
    } else {
      wanted.push_back(argument);
    }
  }
  const std::vector<std::pair<std::string, std::function<void()>>> parts = {
      {"fit", [&] { valueloop::bench::BenchFits(customers); }},
      {"score", [&] { valueloop::bench::BenchScores(customers); }},
      {"summary", [&] { valueloop::bench::BenchSummaries(customers); }},
      {"growth", [&] { valueloop::bench::BenchGrowth(most); }},
      {"prediction", valueloop::scoring::BenchPredictions},
      {"cache", valueloop::scoring::BenchLevelOne},
      {"import", valueloop::scoring::BenchImport}};
  int run_count = 0;
  for (const auto& [name, run] : parts) {
    const bool is_wanted =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    if (!is_wanted) continue;
    run();
    ++run_count;
  }
  if (run_count > 0) return 0;
  std::fprintf(stderr,
               "bench: no such part, want fit, score, summary, growth, prediction, cache"
               " or import\n");
  return 2;
}

#include "integration/scoring_ledger/ledger_calls.h"

#include <random>
#include <set>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {

std::string LedgerMethod(const std::string& name) {
  return "valueloop.scoring.v1.LedgerService/" + name;
}

v1::LedgerStats LedgerStatsOf(rpc::Channel& channel) {
  v1::GetLedgerStatsRequest request;
  request.set_parent("workspaces/default");
  v1::LedgerStats stats;
  EXPECT_THAT(channel.Call(LedgerMethod("GetLedgerStats"), request, &stats), testing::IsOk());
  return stats;
}

v1::VerifyLedgerResponse VerifyLedgerOf(rpc::Channel& channel) {
  v1::VerifyLedgerRequest request;
  request.set_parent("workspaces/default");
  const auto stream =
      channel.OpenStream(LedgerMethod("VerifyLedger"), {.timeout = absl::Seconds(60)});
  EXPECT_TRUE(stream->Write(request));
  stream->WritesDone();
  v1::VerifyLedgerResponse all;
  v1::VerifyLedgerResponse message;
  while (stream->Read(message)) {
    const auto differences = all.differences();
    all = message;
    all.mutable_differences()->MergeFrom(differences);
  }
  EXPECT_THAT(stream->Finish(), testing::IsOk());
  return all;
}

GeneratedImport GenerateImport(uint64_t seed, int batch_count, int batch_size) {
  constexpr int64_t kStartSeconds = 1'600'000'000;
  constexpr int kCustomers = 300;
  std::mt19937_64 random(seed);
  GeneratedImport result;
  std::vector<v1::Event> accepted;
  std::set<std::string> customers;
  for (int i = 0; i < batch_count * batch_size; ++i) {
    if (i % batch_size == 0) result.batches.emplace_back();
    v1::Event event;
    if (i % 50 == 49 && !accepted.empty()) {
      event = accepted[random() % accepted.size()];
      ++result.duplicate_count;
    } else {
      event.set_customer_id(fmt::format("c{}", random() % kCustomers));
      event.set_source("generated");
      event.set_event_id(fmt::format("e{}", i));
      event.mutable_occurred_time()->set_seconds(kStartSeconds +
                                                 static_cast<int64_t>(random() % 60'000'000));
      const int64_t amount_micros = static_cast<int64_t>(random() % 100'000'000) + 1;
      event.mutable_purchase()->set_amount_micros(i % 97 == 96 ? -amount_micros : amount_micros);
      if (i % 97 == 96) {
        ++result.rejected_count;
      } else {
        ++result.accepted_count;
        result.amount_micros += amount_micros;
        customers.insert(event.customer_id());
        accepted.push_back(event);
      }
    }
    result.batches.back().push_back(std::move(event));
  }
  result.customer_count = static_cast<int64_t>(customers.size());
  return result;
}

}  // namespace valueloop::scoring

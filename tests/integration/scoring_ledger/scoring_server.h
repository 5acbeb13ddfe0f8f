#ifndef VALUELOOP_TESTS_INTEGRATION_SCORING_LEDGER_SCORING_SERVER_H_
#define VALUELOOP_TESTS_INTEGRATION_SCORING_LEDGER_SCORING_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/client.h"
#include "testing/child_process.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::scoring {

// A real valueloop-scoring on free ports, with its data in a folder that outlives it.
class ScoringServer {
 public:
  // Returns once it serves; nullptr, with a test failure, if it does not.
  static std::unique_ptr<ScoringServer> Start(const std::string& data_dir);

  rpc::Channel& channel() { return *channel_; }
  testing::ChildProcess& process() { return *process_; }

 private:
  std::unique_ptr<testing::ChildProcess> process_;
  std::unique_ptr<rpc::Channel> channel_;
};

// "valueloop.scoring.v1.LedgerService/{name}".
std::string LedgerMethod(const std::string& name);

// What the server counts over workspaces/default.
v1::LedgerStats LedgerStatsOf(rpc::Channel& channel);

// All messages of VerifyLedger over workspaces/default, joined into the last one.
v1::VerifyLedgerResponse VerifyLedgerOf(rpc::Channel& channel);

// A generated ledger, the same for the same seed: batches of events, some repeated, some invalid.
struct GeneratedImport {
  std::vector<std::vector<v1::Event>> batches;
  int64_t accepted_count = 0;
  int64_t duplicate_count = 0;
  int64_t rejected_count = 0;
  int64_t customer_count = 0;
  int64_t amount_micros = 0;  // Of the accepted purchases.
};
GeneratedImport GenerateImport(uint64_t seed, int batch_count, int batch_size);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_INTEGRATION_SCORING_LEDGER_SCORING_SERVER_H_

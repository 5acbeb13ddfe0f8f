// Calls of LedgerService, and a ledger to import.
#ifndef VALUELOOP_TESTS_INTEGRATION_SCORING_LEDGER_LEDGER_CALLS_H_
#define VALUELOOP_TESTS_INTEGRATION_SCORING_LEDGER_LEDGER_CALLS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/rpc/client.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::scoring {

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

#endif  // VALUELOOP_TESTS_INTEGRATION_SCORING_LEDGER_LEDGER_CALLS_H_

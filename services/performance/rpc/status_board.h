// The gauge of KPIs by status, kept up to date beside the calls that change it.
#ifndef VALUELOOP_PERFORMANCE_RPC_STATUS_BOARD_H_
#define VALUELOOP_PERFORMANCE_RPC_STATUS_BOARD_H_

#include <array>
#include <map>
#include <set>
#include <thread>

#include "absl/status/status.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "performance/domain/score.h"
#include "performance/rpc/plan_book.h"
#include "performance/store/performance_store.h"

namespace valueloop::performance {

// Metric valueloop_kpis{status}: the KPIs of the newest version of every plan, as of the end of the
// latest period that has data. Thread-safe; works on a thread of its own.
class StatusBoard {
 public:
  // The arguments must outlive the board.
  StatusBoard(PerformanceStore& store, PlanBook& book, Metrics& metrics);
  ~StatusBoard();
  StatusBoard(const StatusBoard&) = delete;
  StatusBoard& operator=(const StatusBoard&) = delete;

  // Counts the plan anew soon. Cheap.
  void Touch(const PlanKey& key) VL_EXCLUDES(mutex_);

 private:
  using Counts = std::array<int, 4>;  // By Rag.

  void Work() VL_EXCLUDES(mutex_);
  absl::Status Count(const PlanKey& key);
  void Publish();

  PerformanceStore& store_;
  PlanBook& book_;
  std::map<Rag, Gauge> gauges_;
  std::map<PlanKey, Counts> counts_;  // The worker's own.
  Mutex mutex_;
  CondVar changed_;
  std::set<PlanKey> touched_ VL_GUARDED_BY(mutex_);
  bool stopping_ VL_GUARDED_BY(mutex_) = false;
  std::thread worker_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_STATUS_BOARD_H_

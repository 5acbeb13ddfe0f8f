#include "performance/rpc/status_board.h"

#include <memory>
#include <utility>

#include "common/log.h"
#include "common/status.h"
#include "performance/rpc/assessment.h"

namespace valueloop::performance {
namespace {

Gauge StatusGauge(Metrics& metrics, const std::string& status) {
  return metrics.GetGauge("valueloop_kpis",
                          "KPIs of the newest plan versions, by status at the end of the latest "
                          "period that has data.",
                          {{"status", status}});
}

}  // namespace

StatusBoard::StatusBoard(PerformanceStore& store, PlanBook& book, Metrics& metrics)
    : store_(store),
      book_(book),
      gauges_{{Rag::kGreen, StatusGauge(metrics, "green")},
              {Rag::kAmber, StatusGauge(metrics, "amber")},
              {Rag::kRed, StatusGauge(metrics, "red")},
              {Rag::kGrey, StatusGauge(metrics, "grey")}} {
  worker_ = std::thread([this] { Work(); });
}

StatusBoard::~StatusBoard() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.SignalAll();
  worker_.join();
}

void StatusBoard::Touch(const PlanKey& key) {
  {
    const MutexLock lock(mutex_);
    touched_.insert(key);
  }
  changed_.Signal();
}

void StatusBoard::Work() {
  for (;;) {
    std::set<PlanKey> keys;
    {
      const MutexLock lock(mutex_);
      while (touched_.empty() && !stopping_) changed_.Wait(mutex_);
      if (stopping_) return;
      keys.swap(touched_);
    }
    for (const PlanKey& key : keys) {
      const absl::Status status = Count(key);
      if (!status.ok()) {
        log::Warning("kpi_count_failed", {{"plan", key.plan}, {"error", MessageOf(status)}});
      }
    }
    Publish();
  }
}

absl::Status StatusBoard::Count(const PlanKey& key) {
  VL_ASSIGN_OR_RETURN(const std::shared_ptr<const BoundPlan> plan, book_.Find(key));
  VL_ASSIGN_OR_RETURN(const PlanHistory history, store_.ReadHistory(key, plan->version()));
  VL_ASSIGN_OR_RETURN(const Assessment assessment, Assess(*plan, history, {}));
  Counts counts{};
  for (const AssessedKpi& kpi : assessment.kpis) {
    ++counts.at(static_cast<size_t>(kpi.evaluation.rag));
  }
  counts_[key] = counts;
  return absl::OkStatus();
}

void StatusBoard::Publish() {
  for (const auto& [rag, gauge] : gauges_) {
    double total = 0;
    for (const auto& [key, counts] : counts_) total += counts.at(static_cast<size_t>(rag));
    gauge.Set(total);
  }
}

}  // namespace valueloop::performance

#include "performance/rpc/plan_book.h"

#include "common/status.h"
#include "performance/rpc/publication_reader.h"

namespace valueloop::performance {

absl::StatusOr<std::shared_ptr<const BoundPlan>> PlanBook::Find(const PlanKey& key,
                                                                std::optional<int64_t> version,
                                                                absl::Time known_at) {
  VL_ASSIGN_OR_RETURN(const PlanVersion found, store_.FindPlan(key, version, known_at));
  const VersionKey place(key, found.version);
  {
    const MutexLock lock(mutex_);
    const auto known = plans_.find(place);
    if (known != plans_.end()) return known->second;
  }
  VL_ASSIGN_OR_RETURN(const strategy::v1::Publication publication, ReadPayload(found.payload));
  VL_ASSIGN_OR_RETURN(PublicationReading reading, ReadPublication(publication));
  auto plan = std::make_shared<const BoundPlan>(std::move(reading.plan));
  const MutexLock lock(mutex_);
  if (plans_.emplace(place, plan).second) order_.push_back(place);
  if (order_.size() > limit_) {
    plans_.erase(order_.front());
    order_.pop_front();
  }
  return plan;
}

}  // namespace valueloop::performance

// A plan with its references looked up: what the passes work on.
#ifndef VALUELOOP_STRATEGY_DOMAIN_RESOLVE_H_
#define VALUELOOP_STRATEGY_DOMAIN_RESOLVE_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "strategy/domain/plan.h"

namespace valueloop::strategy {

// The objects of one kind by id; of two with one id, the first.
template <typename T>
class Index {
 public:
  explicit Index(const std::vector<T>& objects) : objects_(objects) {
    positions_.reserve(objects.size());
    for (size_t i = 0; i < objects.size(); ++i) positions_.try_emplace(objects[i].id, i);
  }

  std::optional<size_t> Position(std::string_view id) const {
    const auto found = positions_.find(id);
    if (found == positions_.end() || id.empty()) return std::nullopt;
    return found->second;
  }
  // nullptr if there is none.
  const T* Find(std::string_view id) const {
    const std::optional<size_t> position = Position(id);
    return position ? &objects_[*position] : nullptr;
  }
  const T* Find(const Ref& ref) const { return Find(ref.id); }

 private:
  const std::vector<T>& objects_;
  absl::flat_hash_map<std::string_view, size_t> positions_;
};

// Refers to the plan it is made from, which must outlive it and not change.
struct ResolvedPlan {
  explicit ResolvedPlan(const Plan& source);

  const Plan& plan;
  const Policy& policy;
  Index<OrgUnit> units;
  Index<Person> people;
  Index<Segment> segments;
  Index<Goal> goals;
  Index<BusinessDesign> designs;
  Index<Direction> directions;
  Index<Csf> csfs;
  Index<Kpi> kpis;
  Index<CtqTree> trees;
  Index<Allocation> allocations;
  Index<KeyTask> tasks;
  std::vector<std::vector<const Kpi*>> kpis_of_csf;  // Parallel to plan.csfs.

  // The unit or person's link to the strategy: true if the CSF exists and serves a direction.
  bool LeadsToDirection(const Ref& csf) const;
  bool KpiLeadsToDirection(std::string_view kpi) const;
  bool TaskLeadsToDirection(std::string_view task) const;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_RESOLVE_H_

// How the passes report a circle of references.
#ifndef VALUELOOP_STRATEGY_DOMAIN_CYCLE_H_
#define VALUELOOP_STRATEGY_DOMAIN_CYCLE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "strategy/domain/findings.h"

namespace valueloop::strategy {

// Adds a finding that names the cycle, as positions in `objects`; does nothing if it is empty. A
// long cycle is named by its first members.
template <typename T>
void AddCycle(Code code, const std::vector<T>& objects, const std::vector<size_t>& cycle,
              Place place, Findings& findings) {
  constexpr size_t kShown = 20;
  if (cycle.empty()) return;
  std::vector<std::string> ids;
  std::string path;
  for (const size_t i : cycle) {
    if (ids.size() == kShown) {
      path += "... > ";
      break;
    }
    ids.push_back(objects[i].id);
    path += objects[i].id + " > ";
  }
  path += ids[0];
  findings.Add(code, std::move(ids), place, "no cycle", std::move(path));
}

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_CYCLE_H_

#include "strategy/domain/graph.h"

#include <algorithm>

namespace valueloop::strategy {

std::vector<size_t> Graph::Walk(std::vector<size_t>& order) const {
  enum class Colour : unsigned char { kNew, kOpen, kDone };
  struct Step {
    size_t node;
    size_t next_edge;
  };
  std::vector<Colour> colours(size(), Colour::kNew);
  std::vector<Step> path;
  for (size_t start = 0; start < size(); ++start) {
    if (colours[start] != Colour::kNew) continue;
    colours[start] = Colour::kOpen;
    path.push_back({start, 0});
    while (!path.empty()) {
      Step& step = path.back();
      if (step.next_edge == edges_[step.node].size()) {
        colours[step.node] = Colour::kDone;
        order.push_back(step.node);
        path.pop_back();
        continue;
      }
      const size_t to = edges_[step.node][step.next_edge++];
      if (colours[to] == Colour::kDone) continue;
      if (colours[to] == Colour::kNew) {
        colours[to] = Colour::kOpen;
        path.push_back({to, 0});
        continue;
      }
      std::vector<size_t> cycle;
      const auto first = std::find_if(path.begin(), path.end(),
                                      [to](const Step& open) { return open.node == to; });
      for (auto it = first; it != path.end(); ++it) cycle.push_back(it->node);
      std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
      return cycle;
    }
  }
  return {};
}

std::vector<size_t> Graph::FindCycle() const {
  std::vector<size_t> order;
  return Walk(order);
}

std::vector<size_t> Graph::SinksFirst() const {
  std::vector<size_t> order;
  order.reserve(size());
  if (!Walk(order).empty()) order.clear();
  return order;
}

std::vector<bool> Graph::ReachableFrom(const std::vector<size_t>& starts) const {
  std::vector<bool> reached(size(), false);
  std::vector<size_t> open;
  const auto reach = [&](size_t node) {
    if (reached[node]) return;
    reached[node] = true;
    open.push_back(node);
  };
  for (const size_t start : starts) reach(start);
  while (!open.empty()) {
    const size_t node = open.back();
    open.pop_back();
    for (const size_t to : edges_[node]) reach(to);
  }
  return reached;
}

Graph Graph::Reversed() const {
  Graph reversed(size());
  for (size_t from = 0; from < size(); ++from) {
    for (const size_t to : edges_[from]) reversed.AddEdge(to, from);
  }
  return reversed;
}

}  // namespace valueloop::strategy

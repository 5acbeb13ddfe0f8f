// Directed graphs over 0..n-1, walked without recursion: cascades may be 200 levels deep and
// formulas may chain 10,000 KPIs.
#ifndef VALUELOOP_STRATEGY_DOMAIN_GRAPH_H_
#define VALUELOOP_STRATEGY_DOMAIN_GRAPH_H_

#include <cstddef>
#include <vector>

namespace valueloop::strategy {

class Graph {
 public:
  explicit Graph(size_t size) : edges_(size) {}

  void AddEdge(size_t from, size_t to) { edges_[from].push_back(to); }
  size_t size() const { return edges_.size(); }
  const std::vector<size_t>& From(size_t node) const { return edges_[node]; }

  // One cycle as the nodes on it, in the direction of the edges, starting at its smallest node;
  // empty if there is none. A node with an edge to itself is a cycle of one; a diamond is none.
  std::vector<size_t> FindCycle() const;

  // Every node after all nodes it has edges to; empty if there is a cycle.
  std::vector<size_t> SinksFirst() const;

  // For each node, whether it can be reached from one of `starts`; the starts are.
  std::vector<bool> ReachableFrom(const std::vector<size_t>& starts) const;

  Graph Reversed() const;

 private:
  // Depth-first walk: fills `order` with nodes as they are left; returns the cycle met first.
  std::vector<size_t> Walk(std::vector<size_t>& order) const;

  std::vector<std::vector<size_t>> edges_;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_GRAPH_H_

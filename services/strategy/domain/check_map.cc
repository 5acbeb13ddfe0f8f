#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "strategy/domain/compare.h"
#include "strategy/domain/cycle.h"
#include "strategy/domain/graph.h"
#include "strategy/domain/passes.h"

namespace valueloop::strategy {
namespace {

constexpr double kMonthsPerYear = 12;

// The height of a perspective from the top of the map; nothing for an unknown one.
std::optional<size_t> RankOf(const Policy& policy, const std::string& perspective) {
  const auto found = std::find(policy.perspectives.begin(), policy.perspectives.end(), perspective);
  if (found == policy.perspectives.end()) return std::nullopt;
  return static_cast<size_t>(found - policy.perspectives.begin());
}

// A link with both ends found.
struct ResolvedLink {
  size_t from;
  size_t to;
  const MapLink* link;
};

std::vector<ResolvedLink> ResolveLinks(const ResolvedPlan& resolved) {
  std::vector<ResolvedLink> links;
  for (const MapLink& link : resolved.plan.map_links) {
    const std::optional<size_t> from = resolved.csfs.Position(link.from.id);
    const std::optional<size_t> to = resolved.csfs.Position(link.to.id);
    if (from && to) links.push_back({*from, *to, &link});
  }
  return links;
}

void CheckMapCycle(const ResolvedPlan& resolved, const Graph& graph,
                   const std::vector<ResolvedLink>& links, Findings& findings) {
  const std::vector<size_t> cycle = graph.FindCycle();
  if (cycle.empty()) return;
  // Point at the link that closes the circle.
  Place place;
  for (const ResolvedLink& link : links) {
    if (link.from == cycle.back() && link.to == cycle.front()) place = link.link->place;
  }
  AddCycle(Code::kMapCycle, resolved.plan.csfs, cycle, place, findings);
}

// The longest chain of effects that starts at each CSF must arrive within the year.
void CheckMapLag(const ResolvedPlan& resolved, const Graph& graph,
                 const std::vector<ResolvedLink>& links, Findings& findings) {
  std::vector<std::vector<const ResolvedLink*>> links_from(graph.size());
  for (const ResolvedLink& link : links) links_from[link.from].push_back(&link);
  std::vector<double> lag(graph.size(), 0);
  for (const size_t node : graph.SinksFirst()) {
    for (const ResolvedLink* link : links_from[node]) {
      lag[node] = std::max(lag[node], link->link->lag_months + lag[link->to]);
    }
    if (AtMost(lag[node], kMonthsPerYear)) continue;
    const Csf& csf = resolved.plan.csfs[node];
    findings.Add(Code::kMapLagBeyondYear, csf, csf.place,
                 fmt::format("<= {} months", Number(kMonthsPerYear)),
                 fmt::format("{} months", Number(lag[node])));
  }
}

}  // namespace

// A73, A74.
void CheckDirections(const ResolvedPlan& resolved, Findings& findings) {
  absl::flat_hash_set<std::string_view> served;
  for (const Csf& csf : resolved.plan.csfs) {
    for (const Ref& direction : csf.directions) served.insert(direction.id);
  }
  for (const Direction& direction : resolved.plan.directions) {
    if (direction.operational_definition.find_first_not_of(" \t\r\n") == std::string::npos) {
      findings.Add(Code::kDirectionNoOpdef, direction, direction.At("operational_definition"),
                   "operational_definition", "none");
    }
    if (!served.contains(direction.id)) {
      findings.Add(Code::kDirectionNoCsf, direction, direction.place, "at least one CSF", "none");
    }
    if (!direction.measure) continue;
    const DirectionMeasure& measure = *direction.measure;
    const Kpi* const kpi = resolved.kpis.Find(measure.kpi);
    if (kpi == nullptr) continue;
    const std::optional<double> target = kpi->TargetOf(measure.year);
    if (target && NearRelative(*target, measure.value, resolved.policy.target_tolerance_rel)) {
      continue;
    }
    findings.Add(
        Code::kDirectionMeasureMismatch, {direction.id, kpi->id}, measure.place,
        fmt::format("{} {}: {}", kpi->id, measure.year, target ? Number(*target) : "no target"),
        Number(measure.value));
  }
}

void CheckCsfs(const ResolvedPlan& resolved, Findings& findings) {
  const Plan& plan = resolved.plan;
  absl::flat_hash_set<std::pair<std::string_view, std::string_view>> measured;  // CSF and element.
  for (const Kpi& kpi : plan.kpis) {
    if (!kpi.element.empty()) measured.emplace(kpi.csf.id, kpi.element);
  }
  absl::flat_hash_map<std::string_view, int> count_of_perspective;
  for (size_t i = 0; i < plan.csfs.size(); ++i) {
    const Csf& csf = plan.csfs[i];
    ++count_of_perspective[csf.perspective];
    if (!csf.perspective.empty() && !RankOf(resolved.policy, csf.perspective)) {
      findings.Add(Code::kFieldInvalid, csf, csf.At("perspective"), "one of policy.perspectives",
                   "perspective: " + csf.perspective);
    }
    if (csf.directions.empty()) {
      findings.Add(Code::kCsfNoDirection, csf, csf.At("directions"), "at least one",
                   "directions: none");
    }
    if (resolved.kpis_of_csf[i].empty()) {
      findings.Add(Code::kCsfNoKpi, csf, csf.place, "at least one KPI", "none");
    }
    if (measured.empty()) continue;
    for (const std::string& element : csf.elements) {
      if (measured.contains({csf.id, element})) continue;
      findings.Add(Code::kCsfElementUnmeasured, csf, csf.At("elements"), "a KPI with this element",
                   "element: " + element);
    }
  }
  for (const std::string& perspective : resolved.policy.perspectives) {
    const int count = count_of_perspective[perspective];
    if (count == 0) {
      findings.Add(Code::kPerspectiveMissing, {perspective}, plan.At("csfs"), "at least one CSF",
                   "none");
    }
    if (count > resolved.policy.csf_per_perspective_max) {
      findings.Add(Code::kCsfTooMany, {perspective}, plan.At("csfs"),
                   fmt::format("<= {}", resolved.policy.csf_per_perspective_max),
                   fmt::format("{}", count));
    }
  }
}

// A75: acyclic, every CSF reaches a financial one, effects point upward and arrive in time.
void CheckMap(const ResolvedPlan& resolved, Findings& findings) {
  const std::vector<Csf>& csfs = resolved.plan.csfs;
  const std::vector<ResolvedLink> links = ResolveLinks(resolved);
  Graph graph(csfs.size());
  for (const ResolvedLink& link : links) graph.AddEdge(link.from, link.to);
  CheckMapCycle(resolved, graph, links, findings);
  CheckMapLag(resolved, graph, links, findings);

  std::vector<size_t> financial;
  for (size_t i = 0; i < csfs.size(); ++i) {
    if (RankOf(resolved.policy, csfs[i].perspective) == size_t{0}) financial.push_back(i);
  }
  const std::vector<bool> reaches = graph.Reversed().ReachableFrom(financial);
  for (size_t i = 0; i < csfs.size(); ++i) {
    if (reaches[i]) continue;
    findings.Add(Code::kMapNoPathToFinancial, csfs[i], csfs[i].place,
                 "a path to a " + resolved.policy.perspectives[0] + " CSF", "none");
  }
  for (const ResolvedLink& link : links) {
    const std::optional<size_t> from = RankOf(resolved.policy, csfs[link.from].perspective);
    const std::optional<size_t> to = RankOf(resolved.policy, csfs[link.to].perspective);
    if (!from || !to || *from >= *to) continue;
    findings.Add(Code::kMapUpward, {csfs[link.from].id, csfs[link.to].id}, link.link->place,
                 "an effect in the same or an upper perspective",
                 fmt::format("{} > {}", csfs[link.from].perspective, csfs[link.to].perspective));
  }
}

}  // namespace valueloop::strategy

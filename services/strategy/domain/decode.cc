#include "strategy/domain/decode.h"

#include <algorithm>
#include <utility>

namespace valueloop::strategy {
namespace {

constexpr size_t kMaxHorizonYears = 30;

void DecodeMeta(ObjectReader& root, Plan& plan) {
  const Node* const node = root.Take("meta", Need::kRequired);
  if (node == nullptr) return;
  Meta& meta = plan.meta;
  ObjectReader reader(*node, "meta", meta, root.findings());
  reader.Id();
  meta.name_zh = reader.Text("name_zh");
  meta.name_en = reader.Text("name_en");
  reader.Update("version", meta.version);
  meta.state = reader.Choice(
      "state", {"DRAFT", "IN_DECODE", "VALIDATED", "PUBLISHED", "SUPERSEDED", "ARCHIVED"});
  meta.base_year = reader.Integer("base_year");
  meta.fiscal_year = reader.Integer("fiscal_year");
  meta.fiscal_start = reader.MaybeDay("fiscal_start", Need::kRequired)
                          .value_or(absl::CivilDay(meta.fiscal_year, 1, 1));
  for (const double year : reader.Numbers("horizon", Need::kRequired)) {
    meta.horizon.push_back(year >= 1900 && year <= 2999 ? static_cast<int>(year) : 0);
    const size_t count = meta.horizon.size();
    if (meta.horizon.back() != year || (count > 1 && year <= meta.horizon[count - 2]) ||
        count > kMaxHorizonYears) {
      meta.horizon.clear();
      reader.Invalid("horizon", *reader.Take("horizon"), "at most 30 rising years 1900..2999");
      break;
    }
  }
  meta.owner = reader.Reference("owner", Need::kRequired);
  reader.Finish();
  plan.id = meta.id;
}

void DecodeOrganisation(ObjectReader& root, Plan& plan) {
  DecodeList(root, "org_units", IdRule::kPlain, plan.org_units,
             [](ObjectReader& reader, OrgUnit& unit) {
               unit.name = reader.Text("name");
               unit.parent = reader.Reference("parent");
               unit.kind = reader.Text("kind");
               unit.centre = reader.MaybeEnum<CentreType>("center");
               unit.capacity_pm = reader.MaybeNumber("capacity_pm");
             });
  plan.budget_cap = root.MaybeNumber("budget_cap");
  DecodeList(root, "people", IdRule::kPlain, plan.people, [](ObjectReader& reader, Person& person) {
    person.name = reader.Text("name");
    person.unit = reader.Reference("unit", Need::kRequired);
    person.manager = reader.Reference("manager");
  });
}

}  // namespace

Place Object::At(std::string_view field) const {
  for (const auto& [name, field_place] : field_places) {
    if (name == field) return field_place;
  }
  return place;
}

std::optional<double> Kpi::TargetOf(int year) const {
  const auto found =
      std::lower_bound(targets.begin(), targets.end(), year,
                       [](const YearValue& target, int wanted) { return target.year < wanted; });
  if (found == targets.end() || found->year != year) return std::nullopt;
  return found->value;
}

std::vector<Risk> DecodeRisks(ObjectReader& parent, std::string_view field) {
  std::vector<Risk> risks;
  DecodeAnonymousList(parent, field, parent.subject(), risks, [](ObjectReader& reader, Risk& risk) {
    risk.name = reader.Text("name", Need::kRequired);
    risk.probability = reader.Number("probability");
    risk.impact = reader.Number("impact");
    risk.mitigation = reader.Text("mitigation");
  });
  return risks;
}

Plan DecodePlan(const Node& root, Findings& findings) {
  Plan plan;
  ObjectReader reader(root, "plan", plan, findings);
  plan.schema = reader.Choice("schema", {"strategy-decode/v1"}, Need::kRequired);
  DecodeMeta(reader, plan);
  DecodePolicy(reader, plan);
  DecodeOrganisation(reader, plan);
  DecodeIntent(reader, plan);
  DecodeInsight(reader, plan);
  DecodeDesign(reader, plan);
  DecodeMap(reader, plan);
  DecodeKpis(reader, plan);
  DecodeCascade(reader, plan);
  DecodeExecution(reader, plan);
  reader.Take("expected");
  reader.Take("observations");
  reader.Finish();
  return plan;
}

}  // namespace valueloop::strategy

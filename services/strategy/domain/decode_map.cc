#include "strategy/domain/decode.h"

namespace valueloop::strategy {
namespace {

void DecodeDirection(ObjectReader& reader, Direction& direction) {
  direction.name = reader.Text("name");
  direction.goals = reader.References("goals");
  direction.operational_definition = reader.Text("operational_definition");
  if (const Node* const node = reader.Take("measure", Need::kRequired)) {
    Object places;
    ObjectReader measure_reader(*node, reader.subject(), places, reader.findings());
    DirectionMeasure measure{.place = node->place};
    measure.kpi = measure_reader.Reference("kpi", Need::kRequired);
    measure.unit = measure_reader.Text("unit");
    measure.year = measure_reader.Integer("year");
    measure.value = measure_reader.Number("value");
    measure_reader.Finish();
    direction.measure = std::move(measure);
  }
}

void DecodeCsf(ObjectReader& reader, Csf& csf) {
  csf.name = reader.Text("name");
  csf.perspective = reader.Text("perspective", Need::kRequired);
  csf.directions = reader.References("directions");
  csf.weight = reader.Number("weight");
  csf.elements = reader.Texts("elements");
}

}  // namespace

void DecodeMap(ObjectReader& root, Plan& plan) {
  DecodeList(root, "directions", IdRule::kPlain, plan.directions, DecodeDirection);
  DecodeList(root, "csfs", IdRule::kPlain, plan.csfs, DecodeCsf);
  root.Each("map_links", Need::kOptional, [&](const Node& item) {
    MapLink link;
    ObjectReader reader(item, "map_links", link, root.findings());
    link.from = reader.Reference("from", Need::kRequired);
    link.to = reader.Reference("to", Need::kRequired);
    link.id = link.from.id + ">" + link.to.id;
    link.strength = reader.Number("strength", Need::kOptional);
    link.lag_months = reader.Number("lag_months", Need::kOptional);
    reader.Finish();
    plan.map_links.push_back(std::move(link));
  });
}

}  // namespace valueloop::strategy

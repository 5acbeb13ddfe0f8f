#include "strategy/domain/decode.h"

namespace valueloop::strategy {
namespace {

void DecodeSource(ObjectReader& reader, Kpi& kpi) {
  reader.Inner("source", [&](const Node& node) {
    Object places;
    ObjectReader source_reader(node, reader.subject(), places, reader.findings());
    KpiSource source;
    source.service = source_reader.Text("service", Need::kRequired);
    source.metric = source_reader.Text("metric");
    source.customer_class =
        source_reader.Choice("class", {"STRATEGIC", "PROFIT", "POTENTIAL", "ORDINARY"});
    source_reader.Finish();
    if (!source.service.empty()) kpi.source = std::move(source);
  });
}

void DecodeRange(ObjectReader& reader, Kpi& kpi) {
  reader.Inner("range", [&](const Node& node) {
    Object places;
    ObjectReader range_reader(node, reader.subject(), places, reader.findings());
    KpiRange range;
    range.low = range_reader.Number("low");
    range.high = range_reader.Number("high");
    range.tolerance = range_reader.Number("tolerance");
    range_reader.Finish();
    kpi.range = range;
  });
}

void DecodePhasing(ObjectReader& reader, Kpi& kpi) {
  reader.Inner("phasing", [&](const Node& node) {
    if (!node.IsMap()) return reader.Invalid("phasing", node, "a map of years");
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const std::optional<double> year = ParseNumber(node.keys[i].name);
      if (!year || *year < 1900 || *year > 2999 || !node.items[i].IsSequence()) {
        reader.Invalid("phasing", node.items[i], "a year 1900..2999 and a list of numbers");
        continue;
      }
      Phasing phasing{.year = static_cast<int>(*year), .values = {}, .place = node.items[i].place};
      for (const Node& item : node.items[i].items) {
        const std::optional<double> value =
            item.IsScalar() && !item.quoted ? ParseNumber(item.scalar) : std::nullopt;
        if (value) {
          phasing.values.push_back(*value);
        } else {
          reader.Invalid("phasing", item, "a finite number");
        }
      }
      kpi.phasing.push_back(std::move(phasing));
    }
  });
}

void DecodeKpi(ObjectReader& reader, Kpi& kpi) {
  kpi.name = reader.Text("name");
  kpi.csf = reader.Reference("csf");
  kpi.element = reader.Text("element");
  reader.UpdateEnum("ipooc", kpi.ipooc, Need::kRequired);
  kpi.unit = reader.Text("unit", Need::kRequired);
  reader.UpdateEnum("polarity", kpi.polarity, Need::kRequired);
  reader.UpdateEnum("aggregation", kpi.aggregation, Need::kRequired);
  reader.UpdateEnum("frequency", kpi.frequency, Need::kRequired);
  DecodeSource(reader, kpi);
  kpi.owner = reader.Reference("owner");
  kpi.org = reader.Reference("org", Need::kRequired);
  kpi.weight = reader.Number("weight");
  kpi.baseline = reader.MaybeNumber("baseline", Need::kRequired);
  kpi.targets = reader.YearValues("targets");
  kpi.floor = reader.MaybeNumber("floor");
  kpi.stretch = reader.MaybeNumber("stretch");
  DecodeRange(reader, kpi);
  kpi.due = reader.MaybeDay("due");
  reader.Update("grace_days", kpi.grace_days);
  kpi.selection = reader.Numbers("selection");
  kpi.formula = reader.Text("formula");
  DecodePhasing(reader, kpi);
  kpi.constraint = reader.MaybeEnum<Constraint>("constraint");
  kpi.customer_value = reader.MaybeBool("customer_value");
  reader.UpdateEnum("money", kpi.money);
}

}  // namespace

void DecodeKpis(ObjectReader& root, Plan& plan) {
  DecodeList(root, "kpis", IdRule::kKpi, plan.kpis, DecodeKpi);
  DecodeList(root, "annual_measures", IdRule::kPlain, plan.annual_measures,
             [](ObjectReader& reader, AnnualMeasure& measure) {
               measure.name = reader.Text("name");
               measure.year = reader.Integer("year");
               measure.csf = reader.Reference("csf", Need::kRequired);
               measure.kpis = reader.References("kpis");
               measure.org = reader.Reference("org");
             });
}

}  // namespace valueloop::strategy

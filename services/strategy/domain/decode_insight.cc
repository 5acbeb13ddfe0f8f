#include "strategy/domain/decode.h"

namespace valueloop::strategy {
namespace {

void DecodePest(ObjectReader& reader, PestItem& item) {
  item.factor = reader.Choice("factor", {"POLITICAL", "ECONOMIC", "SOCIAL", "TECHNOLOGICAL"},
                              Need::kRequired);
  item.name = reader.Text("name");
  item.sign = reader.Number("sign");
  item.probability = reader.Number("probability");
  item.impact = reader.Number("impact");
}

// Criteria and their weights; every segment is rated by each, so their number is bounded.
std::vector<NamedValue> Criteria(ObjectReader& span, std::string_view field) {
  constexpr size_t kMaxCriteria = 50;
  std::vector<NamedValue> weights = span.NamedValues(field, Need::kRequired);
  if (weights.size() > kMaxCriteria) {
    span.Invalid(field, *span.Take(field), "at most 50 criteria");
    weights.clear();
  }
  return weights;
}

void DecodeSegment(ObjectReader& reader, Segment& segment) {
  segment.name = reader.Text("name");
  segment.attractiveness = reader.NamedValues("attractiveness", Need::kRequired);
  segment.position = reader.NamedValues("position", Need::kRequired);
  segment.quadrant =
      reader.Choice("quadrant", {"GROW_INVEST", "ACQUIRE_SKILL", "HARVEST", "AVOID_EXIT"});
}

void DecodeSwot(ObjectReader& reader, SwotItem& item) {
  item.kind = reader.Choice("kind", {"S", "W", "O", "T"}, Need::kRequired);
  item.name = reader.Text("name");
  item.weight = reader.Number("weight");
  item.rating = reader.Number("rating");
}

void DecodeBenchmark(ObjectReader& reader, Benchmark& benchmark) {
  benchmark.level = reader.Choice("level", {"STRATEGIC", "MANAGEMENT", "OPERATIONAL"});
  benchmark.metric = reader.Text("metric", Need::kRequired);
  benchmark.own = reader.Number("own");
  benchmark.best = reader.Number("best");
  reader.UpdateEnum("polarity", benchmark.polarity, Need::kRequired);
}

// A factor's keys beside the known ones name rivals and give their levels.
void DecodeFactor(const Node& node, ObjectReader& reader, CurveFactor& factor) {
  factor.name = reader.Text("name");
  factor.importance = reader.Number("importance");
  factor.now = reader.Number("now");
  factor.target = reader.Number("target");
  factor.surveyed = reader.MaybeNumber("surveyed");
  factor.csfs = reader.References("csfs");
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& name = node.keys[i].name;
    if (name.size() != 1 || name[0] < 'A' || name[0] > 'Z') continue;
    static constexpr std::string_view kRivals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const std::optional<double> level =
        reader.MaybeNumber(kRivals.substr(static_cast<size_t>(name[0] - 'A'), 1));
    if (level)
      factor.rivals.push_back({.name = name, .value = *level, .place = node.items[i].place});
  }
}

}  // namespace

void DecodeInsight(ObjectReader& root, Plan& plan) {
  Insight& insight = plan.insight;
  root.Inner("insight", [&](const Node& node) {
    ObjectReader reader(node, "insight", insight, root.findings());
    DecodeList(reader, "pest", IdRule::kPlain, insight.pest, DecodePest);
    reader.Inner("span", [&](const Node& span_node) {
      Object places;
      ObjectReader span(span_node, "span", places, root.findings());
      insight.attractiveness_weights = Criteria(span, "attractiveness_weights");
      insight.position_weights = Criteria(span, "position_weights");
      insight.attractiveness_weights_place = places.At("attractiveness_weights");
      insight.position_weights_place = places.At("position_weights");
      DecodeList(span, "segments", IdRule::kPlain, insight.segments, DecodeSegment);
      span.Finish();
    });
    DecodeList(reader, "swot", IdRule::kPlain, insight.swot, DecodeSwot);
    DecodeList(reader, "benchmarks", IdRule::kPlain, insight.benchmarks, DecodeBenchmark);
    reader.Finish();
  });
  root.Inner("value_curve", [&](const Node& node) {
    ObjectReader reader(node, "value_curve", plan.value_curve, root.findings());
    reader.Each("factors", Need::kRequired, [&](const Node& item) {
      CurveFactor factor;
      ObjectReader factor_reader(item, "value_curve", factor, root.findings());
      factor_reader.Id();
      DecodeFactor(item, factor_reader, factor);
      factor_reader.Finish();
      plan.value_curve.factors.push_back(std::move(factor));
    });
    plan.value_curve.tagline = reader.Text("tagline");
    reader.Finish();
  });
}

}  // namespace valueloop::strategy

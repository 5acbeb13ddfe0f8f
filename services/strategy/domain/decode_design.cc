#include "strategy/domain/decode.h"

namespace valueloop::strategy {
namespace {

CriterionSource DecodeCriterionSource(const Node& node, const std::string& subject,
                                      Findings& findings) {
  CriterionSource source;
  Object places;
  ObjectReader reader(node, subject, places, findings);
  source.predicate = reader.Text("predicate");
  source.metric = reader.Text("metric");
  const std::optional<double> at_0 = reader.MaybeNumber("at_0");
  const std::optional<double> at_100 = reader.MaybeNumber("at_100");
  const Node* const rating = reader.Take("rating");
  if (rating != nullptr && !rating->IsNull()) {
    Object rating_places;
    ObjectReader rating_reader(*rating, subject, rating_places, findings);
    rating_reader.Update("max_age_days", source.max_age_days);
    rating_reader.Finish();
  }
  reader.Finish();
  const int forms = (source.predicate.empty() ? 0 : 1) + (source.metric.empty() ? 0 : 1) +
                    (rating == nullptr ? 0 : 1);
  if (forms > 1) {
    findings.Add(Code::kFieldInvalid, {subject}, node.place, "predicate | metric | rating",
                 "source: more than one");
  }
  if (source.max_age_days < 1) {
    findings.Add(Code::kFieldInvalid, {subject}, node.place, ">= 1", "source.max_age_days");
  }
  if (!source.metric.empty()) {
    source.form = CriterionSource::Form::kMetric;
    if (!at_0 || !at_100 || *at_0 == *at_100) {
      findings.Add(Code::kFieldInvalid, {subject}, node.place, "at_0 and at_100, not equal",
                   "source.metric: " + source.metric);
    }
    source.at_0 = at_0.value_or(0);
    source.at_100 = at_100.value_or(0);
  } else if (!source.predicate.empty()) {
    source.form = CriterionSource::Form::kPredicate;
  }
  return source;
}

void DecodeCriterion(ObjectReader& reader, Criterion& criterion) {
  criterion.name = reader.Text("name");
  criterion.weight = reader.Number("weight");
  reader.Inner("source", [&](const Node& node) {
    criterion.source = DecodeCriterionSource(node, reader.subject(), reader.findings());
  });
}

// Reads a list of {key: text, value: number}.
std::vector<NamedValue> NamedList(ObjectReader& parent, std::string_view field,
                                  std::string_view name_key, std::string_view value_key) {
  std::vector<NamedValue> list;
  DecodeAnonymousList(parent, field, parent.subject(), list,
                      [&](ObjectReader& reader, NamedValue& entry) {
                        entry.name = reader.Text(name_key, Need::kRequired);
                        entry.value = reader.Number(value_key);
                      });
  return list;
}

void DecodeBusinessDesign(ObjectReader& reader, BusinessDesign& design) {
  reader.Inner("customer_selection", [&](const Node& node) {
    Object places;
    ObjectReader selection(node, reader.subject(), places, reader.findings());
    design.segments = selection.References("segments");
    design.classes = selection.Texts("classes");
    for (const std::string& name : design.classes) {
      if (name == "STRATEGIC" || name == "PROFIT" || name == "POTENTIAL" || name == "ORDINARY") {
        continue;
      }
      reader.findings().Add(Code::kFieldInvalid, {reader.subject()}, places.At("classes"),
                            "STRATEGIC | PROFIT | POTENTIAL | ORDINARY", "classes: " + name);
    }
    selection.Finish();
  });
  reader.Each("match_criteria", Need::kOptional, [&](const Node& item) {
    Match match;
    ObjectReader match_reader(item, reader.subject(), match, reader.findings());
    match_reader.UpdateEnum("match", match.kind, Need::kRequired);
    match.id = std::string(NameOf(match.kind));
    match.weight = match_reader.Number("weight");
    DecodeList(match_reader, "criteria", IdRule::kPlain, match.criteria, DecodeCriterion);
    match_reader.Finish();
    design.match_criteria.push_back(std::move(match));
  });
  design.value_proposition = reader.Text("value_proposition");
  design.value_elements = reader.NamedValues("value_elements");
  design.value_capture = NamedList(reader, "value_capture", "stream", "share");
  reader.Each("scope", Need::kOptional, [&](const Node& item) {
    Object places;
    ObjectReader scope(item, reader.subject(), places, reader.findings());
    ScopeItem entry;
    entry.activity = scope.Text("activity", Need::kRequired);
    entry.mode = scope.Choice("mode", {"MAKE", "BUY", "PARTNER"}, Need::kRequired);
    scope.Finish();
    design.scope.push_back(std::move(entry));
  });
  design.control_points = NamedList(reader, "control_points", "name", "strength");
  design.risks = DecodeRisks(reader, "risks");
}

}  // namespace

void DecodeDesign(ObjectReader& root, Plan& plan) {
  DecodeList(root, "business_design", IdRule::kPlain, plan.business_designs, DecodeBusinessDesign);
}

}  // namespace valueloop::strategy

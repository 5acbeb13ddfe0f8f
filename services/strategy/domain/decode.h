// From the tree of the source to the plan: types, required fields, unknown fields. References and
// numbers are judged by the passes.
#ifndef VALUELOOP_STRATEGY_DOMAIN_DECODE_H_
#define VALUELOOP_STRATEGY_DOMAIN_DECODE_H_

#include "strategy/domain/findings.h"
#include "strategy/domain/plan.h"
#include "strategy/domain/reader.h"
#include "strategy/domain/source.h"

namespace valueloop::strategy {

// Reads the whole plan. What is wrong becomes REQUIRED_MISSING, FIELD_INVALID or UNKNOWN_FIELD.
Plan DecodePlan(const Node& root, Findings& findings);

// Its parts, one per source file; each reads the sections named after it from the plan's root.
void DecodePolicy(ObjectReader& root, Plan& plan);
void DecodeIntent(ObjectReader& root, Plan& plan);     // gaps, intent, innovation.
void DecodeInsight(ObjectReader& root, Plan& plan);    // insight, value_curve.
void DecodeDesign(ObjectReader& root, Plan& plan);     // business_design.
void DecodeMap(ObjectReader& root, Plan& plan);        // directions, csfs, map_links.
void DecodeKpis(ObjectReader& root, Plan& plan);       // kpis, annual_measures.
void DecodeCascade(ObjectReader& root, Plan& plan);    // ctq_trees, allocations, responsibility.
void DecodeExecution(ObjectReader& root, Plan& plan);  // key_tasks, pbcs, review, acknowledgements.

// Reads one list of objects that have an id.
template <typename T, typename ReadFields>
void DecodeList(ObjectReader& root, std::string_view field, IdRule rule, std::vector<T>& list,
                const ReadFields& read_fields) {
  root.Each(field, Need::kOptional, [&](const Node& item) {
    T object;
    ObjectReader reader(item, std::string(field), object, root.findings());
    reader.Id(rule);
    read_fields(reader, object);
    reader.Finish();
    list.push_back(std::move(object));
  });
}

// Reads one list of objects that have none; findings name them by the list.
template <typename T, typename ReadFields>
void DecodeAnonymousList(ObjectReader& parent, std::string_view field, std::string subject,
                         std::vector<T>& list, const ReadFields& read_fields) {
  parent.Each(field, Need::kOptional, [&](const Node& item) {
    T object;
    Object places;
    ObjectReader reader(item, subject, places, parent.findings());
    object.place = item.place;
    read_fields(reader, object);
    reader.Finish();
    list.push_back(std::move(object));
  });
}

// Risks of a design or a task: probability 0..1, impact 1..5.
std::vector<Risk> DecodeRisks(ObjectReader& parent, std::string_view field);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_DECODE_H_

#include "strategy/domain/decode.h"

namespace valueloop::strategy {
namespace {

void DecodeNode(ObjectReader& reader, CtqNode& node) {
  node.name = reader.Text("name");
  node.parent = reader.Reference("parent");
  node.rollup = reader.MaybeEnum<Rollup>("rollup");
  reader.Update("weight", node.weight);
  node.baseline = reader.Number("baseline");
  node.target = reader.Number("target");
  node.lsl = reader.MaybeNumber("lsl");
  node.usl = reader.MaybeNumber("usl");
  node.measure = reader.Text("measure");
  node.owner = reader.Reference("owner");
}

void DecodeAllocation(ObjectReader& reader, Allocation& allocation) {
  allocation.kpi = reader.Reference("kpi", Need::kRequired);
  allocation.year = reader.Integer("year");
  reader.UpdateEnum("rule", allocation.rule, Need::kRequired);
  allocation.weight_by = reader.Reference("weight_by");
  reader.Inner("parent", [&](const Node& node) {
    Object places;
    ObjectReader parent(node, reader.subject(), places, reader.findings());
    allocation.parent_allocation = parent.Reference("allocation", Need::kRequired);
    allocation.parent_unit = parent.Reference("unit", Need::kRequired);
    parent.Finish();
  });
  DecodeAnonymousList(reader, "children", reader.subject(), allocation.children,
                      [](ObjectReader& child_reader, AllocationChild& child) {
                        child.unit = child_reader.Reference("unit", Need::kRequired);
                        child.value = child_reader.Number("value");
                      });
}

}  // namespace

void DecodeCascade(ObjectReader& root, Plan& plan) {
  DecodeList(root, "ctq_trees", IdRule::kPlain, plan.ctq_trees,
             [](ObjectReader& reader, CtqTree& tree) {
               tree.kpi = reader.Reference("kpi", Need::kRequired);
               tree.unit = reader.Text("unit");
               DecodeList(reader, "nodes", IdRule::kPlain, tree.nodes, DecodeNode);
             });
  DecodeList(root, "allocations", IdRule::kPlain, plan.allocations, DecodeAllocation);
  root.Each("responsibility", Need::kOptional, [&](const Node& item) {
    Responsibility row;
    ObjectReader reader(item, "responsibility", row, root.findings());
    row.csf = reader.Reference("csf");
    row.kpi = reader.Reference("kpi");
    row.task = reader.Reference("task");
    row.id = row.Subject().id;
    if (row.id.empty()) reader.Missing("csf | kpi | task");
    row.accountable = reader.References("O");
    row.supporting = reader.References("S");
    reader.Finish();
    plan.responsibility.push_back(std::move(row));
  });
}

}  // namespace valueloop::strategy

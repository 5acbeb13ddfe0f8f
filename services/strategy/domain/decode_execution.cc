#include "strategy/domain/decode.h"

namespace valueloop::strategy {
namespace {

void DecodeTask(ObjectReader& reader, KeyTask& task) {
  task.name = reader.Text("name");
  task.problem = reader.Text("problem");
  task.goal = reader.Text("goal");
  task.scope = reader.Text("scope");
  task.csf = reader.Reference("csf");
  task.ansoff = reader.Choice(
      "ansoff", {"PENETRATION", "PRODUCT_DEVELOPMENT", "MARKET_DEVELOPMENT", "DIVERSIFICATION"});
  task.sponsor = reader.Reference("sponsor");
  task.owner = reader.Reference("owner");
  task.start = reader.MaybeDay("start");
  task.end = reader.MaybeDay("end");
  task.budget = reader.MaybeNumber("budget");
  task.effort = reader.NamedValues("effort");
  task.depends_on = reader.References("depends_on");
  reader.Each("contributions", Need::kOptional, [&](const Node& item) {
    Contribution contribution;
    ObjectReader inner(item, reader.subject(), contribution, reader.findings());
    contribution.id = reader.subject();
    contribution.kpi = inner.Reference("kpi", Need::kRequired);
    contribution.node = inner.Reference("node");
    contribution.amount = inner.Number("amount");
    inner.Update("confidence", contribution.confidence);
    inner.UpdateEnum("basis", contribution.basis);
    inner.Finish();
    task.contributions.push_back(std::move(contribution));
  });
  DecodeAnonymousList(reader, "milestones", reader.subject(), task.milestones,
                      [](ObjectReader& inner, TaskMilestone& milestone) {
                        milestone.name = inner.Text("name");
                        milestone.due =
                            inner.MaybeDay("due", Need::kRequired).value_or(absl::CivilDay());
                      });
  task.risks = DecodeRisks(reader, "risks");
}

}  // namespace

void DecodeExecution(ObjectReader& root, Plan& plan) {
  DecodeList(root, "key_tasks", IdRule::kPlain, plan.key_tasks, DecodeTask);
  root.Each("pbcs", Need::kOptional, [&](const Node& item) {
    Pbc pbc;
    ObjectReader reader(item, "pbcs", pbc, root.findings());
    pbc.person = reader.Reference("person", Need::kRequired);
    pbc.id = pbc.person.id;
    pbc.win = reader.NamedValues("win", Need::kRequired);
    pbc.execute = reader.NamedValues("execute");
    pbc.team = reader.NamedValues("team");
    reader.Finish();
    plan.pbcs.push_back(std::move(pbc));
  });
  root.Inner("review", [&](const Node& node) {
    ReviewRhythm review;
    ObjectReader reader(node, "review", review, root.findings());
    review.cadence_months = reader.Integer("cadence_months");
    review.next = reader.MaybeDay("next");
    reader.Finish();
    plan.review = std::move(review);
  });
  root.Each("acknowledgements", Need::kOptional, [&](const Node& item) {
    Acknowledgement acknowledgement;
    ObjectReader reader(item, "acknowledgements", acknowledgement, root.findings());
    acknowledgement.person = reader.Reference("person", Need::kRequired);
    acknowledgement.id = acknowledgement.person.id;
    acknowledgement.at = reader.MaybeDay("at", Need::kRequired).value_or(absl::CivilDay());
    reader.Finish();
    plan.acknowledgements.push_back(std::move(acknowledgement));
  });
}

}  // namespace valueloop::strategy

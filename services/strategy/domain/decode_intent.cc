#include "strategy/domain/decode.h"

namespace valueloop::strategy {
namespace {

void DecodeGap(ObjectReader& reader, Gap& gap) {
  reader.UpdateEnum("kind", gap.kind, Need::kRequired);
  reader.UpdateEnum("origin", gap.origin);
  gap.name = reader.Text("name");
  gap.kpi = reader.Reference("kpi");
  gap.unit = reader.Text("unit");
  reader.UpdateEnum("polarity", gap.polarity, Need::kRequired);
  gap.year = reader.Integer("year");
  gap.expected = reader.Number("expected");
  gap.actual = reader.Number("actual");
  gap.amount = reader.Number("amount");
  gap.today = reader.MaybeNumber("today");
  gap.plan_factors = reader.NamedValues("plan_factors");
  gap.actual_factors = reader.NamedValues("actual_factors");
  DecodeAnonymousList(reader, "causes", reader.subject(), gap.causes,
                      [](ObjectReader& cause_reader, GapCause& cause) {
                        cause.name = cause_reader.Text("name", Need::kRequired);
                        cause.amount = cause_reader.Number("amount");
                      });
  gap.addressed_by = reader.References("addressed_by");
  gap.business_design = reader.Reference("business_design");
}

void DecodeGoal(ObjectReader& reader, Goal& goal) {
  goal.name = reader.Text("name");
  goal.kpi = reader.Reference("kpi", Need::kRequired);
  goal.unit = reader.Text("unit");
  reader.UpdateEnum("polarity", goal.polarity, Need::kRequired);
  goal.baseline = reader.Number("baseline");
  goal.milestones = reader.YearValues("milestones", Need::kRequired);
  goal.ceiling = reader.MaybeNumber("ceiling");
}

void DecodeBusiness(ObjectReader& reader, Business& business) {
  business.name = reader.Text("name");
  business.innovation =
      reader.Choice("innovation", {"BUSINESS", "MODEL", "MANAGEMENT", "TECHNOLOGY"});
  business.market_growth_pct = reader.Number("market_growth_pct");
  business.share_pct = reader.Number("share_pct");
  business.largest_rival_pct = reader.Number("largest_rival_pct");
  business.bcg = reader.Choice("bcg", {"STAR", "CASH_COW", "QUESTION_MARK", "DOG"});
  business.horizon = reader.Choice("horizon", {"H1", "H2", "H3"});
  business.investment_share = reader.Number("investment_share", Need::kOptional);
}

}  // namespace

void DecodeIntent(ObjectReader& root, Plan& plan) {
  DecodeList(root, "gaps", IdRule::kPlain, plan.gaps, DecodeGap);
  root.Inner("intent", [&](const Node& node) {
    ObjectReader reader(node, "intent", plan.intent, root.findings());
    plan.intent.mission = reader.Text("mission");
    plan.intent.vision = reader.Text("vision");
    DecodeList(reader, "goals", IdRule::kPlain, plan.intent.goals, DecodeGoal);
    reader.Finish();
  });
  root.Inner("innovation", [&](const Node& node) {
    Object places;
    ObjectReader reader(node, "innovation", places, root.findings());
    DecodeList(reader, "portfolio", IdRule::kPlain, plan.portfolio, DecodeBusiness);
    reader.Finish();
  });
}

}  // namespace valueloop::strategy

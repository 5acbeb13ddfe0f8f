#include "cli/model_output.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace valueloop::cli {
namespace {

namespace v1 = scoring::v1;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

// What `print` writes in a language.
template <typename Print>
std::string Text(const char* language, const Print& print) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Context context(in, out, err);
  context.options.lang = language;
  EXPECT_THAT(context.Resolve(), testing::IsOk());
  print(context);
  return out.str();
}

TEST(ParseDaysTest, ReadsDaysAndWeeks) {
  EXPECT_THAT(ParseDays("--holdout", "91"), IsOkAndHolds(91));
  EXPECT_THAT(ParseDays("--holdout", "91d"), IsOkAndHolds(91));
  EXPECT_THAT(ParseDays("--holdout", "39w"), IsOkAndHolds(273));
}

TEST(ParseDaysTest, RefusesWhatIsNoSpan) {
  for (const char* text : {"", "w", "0", "-7", "3m", "1.5w", "7 d", "99999999999", "20000w"}) {
    EXPECT_THAT(ParseDays("--holdout", text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--holdout: got")))
        << text;
  }
}

TEST(PrintChoiceTest, SaysWhyInEitherLanguageAndWhatEveryFamilyForetold) {
  v1::ModelChoice choice;
  choice.set_reason_zh("因为更好");
  choice.set_reason_en("because it is better");
  v1::FamilyEvaluation& trial = *choice.add_evaluations();
  trial.set_family("MBG_NBD");
  trial.mutable_holdout()->set_log_likelihood(-2314.824);
  trial.mutable_holdout()->set_actual_count(1882);
  trial.mutable_holdout()->add_frequencies()->set_actual_mean(0.2367);
  trial.mutable_holdout()->mutable_frequencies(0)->set_repeat_count(7);
  v1::FamilyEvaluation& failed = *choice.add_evaluations();
  failed.set_family("BG_BB");
  failed.set_failure("too few customers");
  EXPECT_THAT(Text("en", [&](Context& context) { PrintChoice(context, choice); }),
              AllOf(HasSubstr("because it is better"), HasSubstr("-2,314.82"), HasSubstr("1,882"),
                    HasSubstr("too few customers"), HasSubstr("7+"), HasSubstr("0.2367")));
  EXPECT_THAT(Text("zh", [&](Context& context) { PrintChoice(context, choice); }),
              AllOf(HasSubstr("因为更好"), HasSubstr("留出")));
}

TEST(PrintMonitorTest, AdvisesInEitherLanguage) {
  v1::ModelMonitor monitor;
  monitor.set_model("workspaces/default/models/3");
  monitor.set_advice("REFIT");
  v1::AdviceReason& reason = *monitor.add_reasons();
  reason.set_for_refit(true);
  reason.set_text_zh("买得更少");
  reason.set_text_en("they buy less");
  const auto print = [&](Context& context) { PrintMonitor(context, monitor); };
  EXPECT_THAT(Text("en", print), AllOf(HasSubstr("version 3"), HasSubstr("REFIT advised"),
                                       HasSubstr("! they buy less")));
  EXPECT_THAT(Text("zh", print), AllOf(HasSubstr("建议重新拟合"), HasSubstr("! 买得更少")));
}

TEST(PrintComparisonTest, ShowsOnlyPairsThatHaveCustomers) {
  v1::ModelComparison comparison;
  comparison.set_customer_count(1200);
  comparison.set_moved_count(30);
  v1::ClassShift& shift = *comparison.add_shifts();
  shift.set_from(v1::CUSTOMER_CLASS_PROFIT);
  shift.set_to(v1::CUSTOMER_CLASS_STRATEGIC);
  shift.set_customer_count(30);
  comparison.add_shifts()->set_from(v1::CUSTOMER_CLASS_ORDINARY);
  const std::string text =
      Text("en", [&](Context& context) { PrintComparison(context, comparison); });
  EXPECT_THAT(text, AllOf(HasSubstr("1,200 customers, 30 change class"), HasSubstr("STRATEGIC")));
  EXPECT_EQ(text.find("ORDINARY"), std::string::npos);
}

}  // namespace
}  // namespace valueloop::cli

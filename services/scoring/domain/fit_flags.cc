// The words of FitFlag (fit.h).
#include <array>

#include "scoring/domain/fit.h"

namespace valueloop::scoring {
namespace {

struct FlagWords {
  std::string_view name;
  std::string_view text_zh;
  std::string_view text_en;
};

constexpr std::array<FlagWords, 6> kWords = {{
    {"NOT_CONVERGED", "似然的斜率没有归零：参数可能不是最优，请检查数据后重新拟合",
     "the slope of the likelihood did not vanish: the parameters may not be the best; check the "
     "data "
     "and fit again"},
    {"AT_BOUND",
     "某个参数停在搜索范围的边界上：没有标准误；预测仍然有限，但请用留出期与其他模型比较",
     "a parameter ended on the bound of its search range: there are no standard errors; "
     "predictions "
     "stay finite, but compare them with another family's on a holdout"},
    {"FLAT",
     "似然在某个方向上是平的：数据分不清参数，没有标准误；请增加历史数据，或改用参数更少的模型",
     "the likelihood is flat in some direction: the data cannot tell the parameters apart and "
     "there "
     "are no standard errors; use a longer history or a simpler family"},
    {"NO_DROPOUT",
     "数据中看不出客户流失：存活概率接近 1，长期预测会偏高；请用更长的历史，或缩短预测期",
     "the data show no leaving customers: alive probabilities are near 1 and long horizons come "
     "out "
     "high; use a longer history or a shorter horizon"},
    {"INFINITE_MEAN",
     "q 不大于 1：新客户的平均消费没有有限值，用同类客户的平均消费代替；请检查极端金额",
     "q is at most 1: the mean spend of a new customer is not finite and the segment's mean stands "
     "in; check for extreme amounts"},
    {"HOMOGENEOUS", "客户之间的频率没有差别：个人记录几乎不改变预测；请检查数据是否被合并或截断",
     "the customers' rates do not differ: a customer's own record hardly moves its forecast; check "
     "that the data were not merged or cut"},
}};

}  // namespace

std::string_view FitFlagName(FitFlag flag) { return kWords[static_cast<size_t>(flag)].name; }

std::string_view FitFlagText(FitFlag flag, std::string_view language_code) {
  const FlagWords& words = kWords[static_cast<size_t>(flag)];
  return language_code.substr(0, 2) == "zh" ? words.text_zh : words.text_en;
}

}  // namespace valueloop::scoring

#include "unit/scoring/domain/golden_points.h"

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {

void ExpectGolden(std::string_view name, size_t least_count,
                  const std::function<absl::StatusOr<double>(const GoldenInputs&)>& function) {
  std::istringstream file(
      testing::ReadFileOrDie(testing::RepositoryPath("tests/golden/regular_family_points.csv")));
  size_t count = 0;
  double worst = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string field;
    std::getline(fields, field, ',');
    if (field != name) continue;
    ++count;
    std::vector<double> values;
    while (std::getline(fields, field, ',')) values.push_back(std::strtod(field.c_str(), nullptr));
    const double want = values.back();
    values.pop_back();
    const absl::StatusOr<double> got = function(GoldenInputs(std::move(values)));
    ASSERT_TRUE(got.ok()) << line << ": " << got.status();
    // What is below the smallest normal double cannot be exact.
    const double error = std::fabs(*got - want) / (std::fabs(want) + 1e-300);
    EXPECT_LE(error, 1e-9) << line << ": got " << *got;
    worst = std::fmax(worst, error);
  }
  EXPECT_GE(count, least_count) << name;
  ::testing::Test::RecordProperty(std::string(name), std::to_string(worst * 1e15) + "e-15");
}

}  // namespace valueloop::scoring

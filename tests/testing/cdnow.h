// The CDNOW sample as weekly histories with what happened in the 39 weeks after.
#ifndef VALUELOOP_TESTS_TESTING_CDNOW_H_
#define VALUELOOP_TESTS_TESTING_CDNOW_H_

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "scoring/domain/history.h"
#include "testing/shared_data.h"

namespace valueloop::testing {

struct CdnowCustomer {
  scoring::PurchaseHistory history;
  int holdout_count = 0;
};

// Reads cdnow_sample_summary_weeks.csv. Its weeks are rounded to 6 decimals: they are whole days.
inline std::vector<CdnowCustomer> ReadCdnowSummary(const std::string& path) {
  std::istringstream file(ReadFileOrDie(path));
  std::vector<CdnowCustomer> customers;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    const auto next = [&] {
      std::string cell;
      std::getline(cells, cell, ',');
      return std::strtod(cell.c_str(), nullptr);
    };
    const auto weeks = [&] { return std::round(next() * 7) / 7; };
    next();
    CdnowCustomer customer;
    customer.history.repeat_count = static_cast<int32_t>(next());
    customer.history.last_weeks = weeks();
    customer.history.age_weeks = weeks();
    next();
    customer.holdout_count = static_cast<int>(next());
    customers.push_back(customer);
  }
  return customers;
}

inline std::vector<scoring::PurchaseHistory> HistoriesOf(
    const std::vector<CdnowCustomer>& customers) {
  std::vector<scoring::PurchaseHistory> histories;
  for (const CdnowCustomer& customer : customers) histories.push_back(customer.history);
  return histories;
}

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_CDNOW_H_

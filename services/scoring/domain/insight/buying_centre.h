// Who decides at a customer, how they stand to us, and whom we have not met (A102).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_BUYING_CENTRE_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_BUYING_CENTRE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/domain/event.h"

namespace valueloop::scoring {

// The kind of a contact that says what is known of somebody whom we did not meet.
inline constexpr std::string_view kNoteKind = "NOTE";
inline bool IsMeeting(const Contact& contact) { return contact.contact_kind != kNoteKind; }

// DECIDER, BUYER, INFLUENCER, USER, GATEKEEPER.
std::span<const std::string> DefaultRoles();

struct PersonResult {
  std::string person;
  std::string role;  // The latest that was said, each.
  std::optional<double> attitude;
  std::optional<double> influence;
  std::optional<int32_t> last_met_day;  // Day number; unset: only noted.
  bool met = false;                     // Lately.
  int64_t contact_count = 0;
};

struct BuyingCentreResult {
  std::vector<PersonResult> people;  // By influence, the largest first, unknown last; then by name.
  std::optional<double> coverage;    // 0..1.
  std::optional<double> support;     // Sum of influence x attitude.
  std::optional<double> mean_attitude;  // support over its influence, -2..2.
  std::vector<std::string> missing_roles;
  std::vector<std::string> unmet_roles;  // Held, but by nobody met lately.
  std::vector<std::string> missing_contacts;
};

class BuyingCentreCollector {
 public:
  // The contacts of one customer, by time. Those that name no person are of nobody.
  void Add(int32_t day, const Contact& contact);
  // Met: within the `met_days` days that end with the day `as_of`.
  BuyingCentreResult Result(int32_t as_of, int met_days, std::span<const std::string> roles) const;

 private:
  std::map<std::string, PersonResult, std::less<>> people_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_BUYING_CENTRE_H_

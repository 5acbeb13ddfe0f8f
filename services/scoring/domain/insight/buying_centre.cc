#include "scoring/domain/insight/buying_centre.h"

#include <algorithm>

namespace valueloop::scoring {

std::span<const std::string> DefaultRoles() {
  static const auto& kRoles =
      *new std::vector<std::string>{"DECIDER", "BUYER", "INFLUENCER", "USER", "GATEKEEPER"};
  return kRoles;
}

void BuyingCentreCollector::Add(int32_t day, const Contact& contact) {
  if (contact.person.empty()) return;
  PersonResult& person = people_[contact.person];
  person.person = contact.person;
  if (!contact.role.empty()) person.role = contact.role;
  if (contact.attitude) person.attitude = contact.attitude;
  if (contact.influence) person.influence = contact.influence;
  if (!IsMeeting(contact)) return;
  ++person.contact_count;
  person.last_met_day = day;
}

BuyingCentreResult BuyingCentreCollector::Result(int32_t as_of, int met_days,
                                                 std::span<const std::string> roles) const {
  BuyingCentreResult result;
  double influence = 0;
  double met_influence = 0;
  double rated_influence = 0;
  for (const auto& [name, known] : people_) {
    PersonResult& person = result.people.emplace_back(known);
    person.met = person.last_met_day && as_of - *person.last_met_day < met_days;
    if (!person.influence) continue;
    influence += *person.influence;
    if (person.met) met_influence += *person.influence;
    if (!person.attitude) continue;
    rated_influence += *person.influence;
    result.support = result.support.value_or(0) + *person.influence * *person.attitude;
  }
  if (influence > 0) result.coverage = met_influence / influence;
  if (rated_influence > 0) result.mean_attitude = *result.support / rated_influence;
  std::ranges::stable_sort(result.people, std::ranges::greater(), [](const PersonResult& person) {
    return person.influence.value_or(-1);
  });
  for (const PersonResult& person : result.people) {
    if (!person.met && person.influence.value_or(0) > 0) {
      result.missing_contacts.push_back(person.person);
    }
  }
  for (const std::string& role : roles) {
    const auto has_role = [&role](const PersonResult& person) { return person.role == role; };
    if (std::ranges::none_of(result.people, has_role)) {
      result.missing_roles.push_back(role);
    } else if (std::ranges::none_of(result.people, [&](const PersonResult& person) {
                 return has_role(person) && person.met;
               })) {
      result.unmet_roles.push_back(role);
    }
  }
  return result;
}

}  // namespace valueloop::scoring

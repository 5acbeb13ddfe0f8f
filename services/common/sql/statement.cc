#include <algorithm>

#include "common/sql/connection.h"

namespace valueloop::sql {

Statement::Statement(soci::session& session, const std::string& text,
                     std::span<const Parameter> parameters, std::span<const ValueKind> columns)
    : slots_(parameters.size()),
      cells_(columns.size()),
      indicators_(columns.size(), soci::i_null),
      columns_(columns.begin(), columns.end()),
      statement_(session) {
  statement_.alloc();
  for (size_t i = 0; i < columns_.size(); ++i) {
    switch (columns_[i]) {
      case ValueKind::kInteger:
        statement_.exchange(soci::into(cells_[i].integer, indicators_[i]));
        break;
      case ValueKind::kReal:
        statement_.exchange(soci::into(cells_[i].real, indicators_[i]));
        break;
      case ValueKind::kText:
        statement_.exchange(soci::into(cells_[i].text, indicators_[i]));
        break;
    }
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    slot.kind = parameters[i].kind();
    switch (slot.kind) {
      case ValueKind::kInteger:
        statement_.exchange(soci::use(std::as_const(slot.integer), slot.indicator));
        break;
      case ValueKind::kReal:
        statement_.exchange(soci::use(std::as_const(slot.real), slot.indicator));
        break;
      case ValueKind::kText:
        statement_.exchange(soci::use(std::as_const(slot.text), slot.indicator));
        break;
    }
  }
  statement_.prepare(text);
  statement_.define_and_bind();
}

bool Statement::Fits(std::span<const Parameter> parameters,
                     std::span<const ValueKind> columns) const {
  return std::ranges::equal(columns_, columns) &&
         std::ranges::equal(slots_, parameters, [](const Slot& slot, const Parameter& parameter) {
           return slot.kind == parameter.kind();
         });
}

void Statement::Bind(std::span<const Parameter> parameters) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].indicator = parameters[i].is_null() ? soci::i_null : soci::i_ok;
    slots_[i].integer = parameters[i].integer();
    slots_[i].real = parameters[i].real();
    slots_[i].text.assign(parameters[i].text());
  }
}

bool Statement::Execute() {
  std::ranges::fill(indicators_, soci::i_null);
  const bool has_row = statement_.execute(true);
  ReadIndicators();
  return has_row;
}

bool Statement::Fetch() {
  const bool has_row = statement_.fetch();
  ReadIndicators();
  return has_row;
}

void Statement::ReadIndicators() {
  for (size_t i = 0; i < cells_.size(); ++i) cells_[i].null = indicators_[i] == soci::i_null;
}

}  // namespace valueloop::sql

#include "cli/table.h"

#include <algorithm>
#include <cmath>

#include "common/utf8.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// East Asian Width W and F of Unicode 15, merged to blocks.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},
                           {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
                           {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
                           {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},
                           {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
                           {0x16FE0, 0x18AFF}, {0x1B000, 0x1B2FF}, {0x1F300, 0x1F64F},
                           {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range kZeroWidth[] = {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
                                {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F},
                                {0xFE20, 0xFE2F}};

template <size_t N>
bool In(const Range (&ranges)[N], uint32_t character) {
  return std::any_of(std::begin(ranges), std::end(ranges), [character](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

uint32_t Decode(std::string_view sequence) {
  const auto first = static_cast<uint8_t>(sequence[0]);
  if (sequence.size() == 1) return first;
  uint32_t character = first & (0xFFu >> (sequence.size() + 1));
  for (size_t i = 1; i < sequence.size(); ++i) {
    character = (character << 6) | (static_cast<uint8_t>(sequence[i]) & 0x3Fu);
  }
  return character;
}

// Takes one character off the front of `text` and returns its width.
int TakeWidth(std::string_view& text, std::string_view* character) {
  const size_t length = std::max<size_t>(1, Utf8SequenceLength(text));
  *character = text.substr(0, length);
  const uint32_t decoded = Decode(*character);
  text.remove_prefix(length);
  if (In(kZeroWidth, decoded)) return 0;
  return In(kWide, decoded) ? 2 : 1;
}

std::string WithoutControls(std::string text) {
  for (char& c : text) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  std::string_view character;
  while (!text.empty()) width += TakeWidth(text, &character);
  return width;
}

std::string FitWidth(std::string_view text, int cells) {
  if (DisplayWidth(text) <= cells) return std::string(text);
  std::string fitted;
  int width = 0;
  std::string_view character;
  while (!text.empty()) {
    width += TakeWidth(text, &character);
    if (width > cells - 1) break;
    fitted += character;
  }
  return fitted + "…";
}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = WithoutControls(std::move(cell));
  rows_.push_back(std::move(cells));
}

void Table::Print(std::ostream& out, bool color) const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    widths.push_back(width);
  }
  const auto line = [&](const auto& cell_of) {
    std::string text;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string padding(static_cast<size_t>(widths[i] - DisplayWidth(cell)), ' ');
      if (i > 0) text += "  ";
      text += columns_[i].align == Align::kRight ? padding + cell : cell + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  const std::string titles =
      line([this](size_t i) -> const std::string& { return columns_[i].title; });
  out << (color ? "\033[1m" + titles + "\033[0m" : titles) << '\n';
  for (const auto& row : rows_) {
    out << line([&row](size_t i) -> const std::string& { return row[i]; }) << '\n';
  }
}

std::string Number(std::optional<double> value, int decimals) {
  if (!value || !std::isfinite(*value)) return "-";
  std::string text = fmt::format("{:.{}f}", std::abs(*value), decimals);
  const size_t point = text.find('.');
  size_t end = point == std::string::npos ? text.size() : point;
  while (end > 3) {
    end -= 3;
    text.insert(end, ",");
  }
  const bool zero = text.find_first_not_of("0.,") == std::string::npos;
  return *value < 0 && !zero ? "-" + text : text;
}

std::string Count(int64_t value) { return Number(static_cast<double>(value), 0); }

std::string IntervalText(double low, double high, int decimals) {
  return fmt::format("{} .. {}", Number(low, decimals), Number(high, decimals));
}

}  // namespace valueloop::cli

#include "common/rpc/message_check.h"

#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "common/status.h"
#include "common/utf8.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace valueloop::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr int kMaxDepth = 100;  // protobuf's own limit.

struct BadString {
  std::string path;
  std::string_view problem;
};

// Walks over the fields of one serialized message; stops at its end or where it is malformed.
class FieldWalk {
 public:
  explicit FieldWalk(std::string_view bytes)
      : bytes_(bytes),
        input_(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size())) {}

  // Moves to the next field; false at the end.
  bool Next() {
    const uint32_t tag = input_.ReadTag();
    if (tag == 0) return false;
    number_ = WireFormatLite::GetTagFieldNumber(tag);
    is_length_delimited_ =
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (!is_length_delimited_) return WireFormatLite::SkipField(&input_, tag);
    uint32_t size = 0;
    if (!input_.ReadVarint32(&size) || size > bytes_.size()) return false;
    const auto start = static_cast<size_t>(input_.CurrentPosition());
    if (!input_.Skip(static_cast<int>(size))) return false;
    payload_ = bytes_.substr(start, size);
    return true;
  }

  int number() const { return number_; }
  bool is_length_delimited() const { return is_length_delimited_; }
  std::string_view payload() const { return payload_; }

 private:
  const std::string_view bytes_;
  CodedInputStream input_;
  int number_ = 0;
  bool is_length_delimited_ = false;
  std::string_view payload_;
};

// The field's name, with the index of the element at `payload` if the field is repeated.
std::string ElementName(const FieldDescriptor& field, std::string_view bytes,
                        std::string_view payload) {
  if (!field.is_repeated() || field.is_map()) return field.name();
  int index = 0;
  FieldWalk walk(bytes);
  while (walk.Next() && !(walk.is_length_delimited() && walk.payload().data() == payload.data())) {
    if (walk.number() == field.number()) ++index;
  }
  return fmt::format("{}[{}]", field.name(), index);
}

// The first string of the serialized message that has invalid UTF-8 or a NUL.
std::optional<BadString> FindBadString(const Descriptor& type, std::string_view bytes, int depth) {
  if (depth > kMaxDepth) return std::nullopt;
  FieldWalk walk(bytes);
  while (walk.Next()) {
    const FieldDescriptor* field = type.FindFieldByNumber(walk.number());
    if (field == nullptr || !walk.is_length_delimited()) continue;
    const std::string_view payload = walk.payload();
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      const bool has_nul = payload.find('\0') != std::string_view::npos;
      if (has_nul || !IsValidUtf8(payload)) {
        return BadString{ElementName(*field, bytes, payload),
                         has_nul ? "a NUL byte" : "invalid UTF-8"};
      }
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      std::optional<BadString> bad = FindBadString(*field->message_type(), payload, depth + 1);
      if (bad.has_value()) {
        bad->path = fmt::format("{}.{}", ElementName(*field, bytes, payload), bad->path);
        return bad;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

absl::Status ParseRequest(std::string_view bytes, google::protobuf::Message& message) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return InvalidField("request", fmt::format("{} bytes", bytes.size()), "less than 2 GB");
  }
  const bool parsed = message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  // Numbers contain zero bytes too, so a zero byte only raises the question.
  if (parsed && std::memchr(bytes.data(), 0, bytes.size()) == nullptr) return absl::OkStatus();
  const std::optional<BadString> bad = FindBadString(*message.GetDescriptor(), bytes, 0);
  if (bad.has_value()) return InvalidField(bad->path, bad->problem, "UTF-8 text without NUL");
  if (parsed) return absl::OkStatus();
  return InvalidField("request", "malformed bytes",
                      fmt::format("a serialized {}", message.GetDescriptor()->full_name()));
}

}  // namespace valueloop::rpc

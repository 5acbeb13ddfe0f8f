#include "common/rpc/message_check.h"

#include "common/status.h"
#include "test_service.pb.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using ::testing::HasSubstr;
using testing::v1::EchoRequest;
using testing::v1::EchoRequestBytes;
using valueloop::testing::IsOk;
using valueloop::testing::StatusIs;

std::string FieldAtFault(const EchoRequestBytes& sent) {
  EchoRequest request;
  const absl::Status status = ParseRequest(sent.SerializeAsString(), request);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  return FieldOf(status);
}

TEST(ParseRequestTest, AcceptsGoodMessages) {
  EchoRequest sent;
  sent.set_text("客户");
  sent.set_number(1.0);
  sent.add_items()->set_data(std::string("\0\xff", 2));
  (*sent.mutable_labels())["k"] = "v";
  EchoRequest request;
  EXPECT_THAT(ParseRequest(sent.SerializeAsString(), request), IsOk());
  EXPECT_EQ(request.SerializeAsString(), sent.SerializeAsString());
  EXPECT_THAT(ParseRequest("", request), IsOk());
}

TEST(ParseRequestTest, NamesTheFieldByItsPath) {
  EchoRequestBytes top;
  top.set_text("\xff");
  EXPECT_EQ(FieldAtFault(top), "text");

  EchoRequestBytes nested;
  nested.add_items()->set_data(std::string(10, '\0'));
  nested.add_items();
  nested.add_items()->mutable_child()->mutable_child()->set_name("\xed\xa0\x80");
  EXPECT_EQ(FieldAtFault(nested), "items[2].child.child.name");

  EchoRequestBytes repeated;
  repeated.set_text("fine");
  repeated.add_tags("fine");
  repeated.add_tags(std::string("a\0", 2));
  EXPECT_EQ(FieldAtFault(repeated), "tags[1]");

  EchoRequestBytes map;
  (*map.mutable_labels())["key"] = std::string("\0", 1);
  EXPECT_EQ(FieldAtFault(map), "labels.value");
}

TEST(ParseRequestTest, RefusesMalformedBytes) {
  EchoRequest request;
  for (const std::string& bytes :
       {std::string("\xff\xff\xff"), std::string("\x0a\x7fshort"), std::string("\x0a"),
        std::string("\x0a\xff\xff\xff\xff\x0f"), std::string("\x00\x00", 2)}) {
    EXPECT_THAT(ParseRequest(bytes, request),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("request: got malformed bytes, want a serialized")));
  }
}

TEST(ParseRequestTest, RefusesNestingThatIsTooDeep) {
  EchoRequest sent;
  EchoRequest::Item* item = sent.add_items();
  for (int i = 0; i < 500; ++i) item = item->mutable_child();
  item->set_name("deep");
  EchoRequest request;
  EXPECT_THAT(ParseRequest(sent.SerializeAsString(), request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("malformed")));
}

}  // namespace
}  // namespace valueloop::rpc

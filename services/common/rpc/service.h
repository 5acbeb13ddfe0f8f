// How a gRPC service is written: a class that registers one handler per method of its contract.
//
//   class ScoreRpc : public rpc::Service {
//    public:
//     ScoreRpc() : Service("valueloop.scoring.v1.ScoreService") {
//       Unary<v1::GetScoreRequest, v1::Score>(
//           "GetScore", [this](rpc::CallContext& context, const v1::GetScoreRequest& request,
//                              v1::Score& response) { return HandleGetScore(request, response); });
//     }
//   };
//
// Before a handler runs the framework has parsed the request and refused, with INVALID_ARGUMENT and
// the field's path, malformed bytes, invalid UTF-8 and NUL in strings; and refused a request that
// is too large. Handlers run on a bounded pool of threads, so they may block; several run at once.
// A call that was cancelled or whose deadline has passed before its turn is not run. An exception
// that leaves a handler becomes INTERNAL and is logged. An error Status reaches the client as
// google.rpc.Status with ErrorInfo, and BadRequest or RetryInfo where the Status carries them
// (common/status.h).
#ifndef VALUELOOP_COMMON_RPC_SERVICE_H_
#define VALUELOOP_COMMON_RPC_SERVICE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "common/rpc/call_context.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace valueloop::rpc {

inline constexpr size_t kDefaultMaxRequestBytes = size_t{4} << 20;
inline constexpr size_t kLiveMaxRequestBytes = size_t{128} << 10;

struct MethodOptions {
  // Per message; a larger one is RESOURCE_EXHAUSTED (reason MESSAGE_TOO_LARGE).
  size_t max_request_bytes = kDefaultMaxRequestBytes;
};

// The messages of one streaming call. The framework implements it; tests may. Both calls block.
class MessageStream {
 public:
  virtual ~MessageStream() = default;
  virtual bool Read(google::protobuf::Message& request) = 0;
  virtual bool Write(const google::protobuf::Message& response) = 0;
  virtual absl::Status read_status() const = 0;
};

// The caller's messages. One thread at a time; it may be another one than the Writer's.
template <typename Request>
class Reader {
 public:
  explicit Reader(MessageStream& stream) : stream_(stream) {}

  // Waits for the next message. False: there is none and there will be none; status() says why.
  bool Read(Request& request) { return stream_.Read(request); }

  // After Read returned false: OK if the caller has sent all it wanted to; CANCELLED if the call is
  // over; INVALID_ARGUMENT or RESOURCE_EXHAUSTED if a message was refused: return it from the
  // handler.
  absl::Status status() const { return stream_.read_status(); }

 private:
  MessageStream& stream_;
};

// The messages to the caller. One thread at a time.
template <typename Response>
class Writer {
 public:
  explicit Writer(MessageStream& stream) : stream_(stream) {}

  // Waits until the transport takes the message, so that a slow caller slows the handler down.
  // False: the call is over and the handler should return.
  bool Write(const Response& response) { return stream_.Write(response); }

 private:
  MessageStream& stream_;
};

enum class MethodType { kUnary, kClientStream, kServerStream, kBidiStream };

// One registered method, with the types erased. Of the three functions `fast` is optional and
// exactly one of the others is set.
struct Method {
  using Message = google::protobuf::Message;
  std::string name;
  MethodType type = MethodType::kUnary;
  MethodOptions options;
  const Message* request_prototype = nullptr;
  const Message* response_prototype = nullptr;
  std::function<absl::Status(CallContext&, const Message&, Message&)> unary;
  std::function<bool(CallContext&, const Message&, std::string&)> fast;
  std::function<absl::Status(CallContext&, MessageStream&)> stream;
};

class Service {
 public:
  // `full_name` names a service of a linked contract, such as "valueloop.scoring.v1.ScoreService".
  explicit Service(std::string_view full_name);
  explicit Service(const google::protobuf::ServiceDescriptor* descriptor);
  virtual ~Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // What was wrong with the registrations: a service or method that is not in the contract, other
  // message types, another kind of streaming, a method twice. Server::Start fails with it.
  absl::Status status() const { return status_; }

  const std::string& full_name() const { return full_name_; }
  const google::protobuf::ServiceDescriptor* descriptor() const { return descriptor_; }
  const std::map<std::string, Method>& methods() const { return methods_; }

  // Registers `absl::Status handler(CallContext&, const Request&, Response&)`. Usually called in
  // the constructor of a derived class, always before Server::Start.
  template <typename Request, typename Response, typename Handler>
  void Unary(std::string_view method, Handler handler, MethodOptions options = {}) {
    UnaryWithFastPath<Request, Response>(method, nullptr, std::move(handler), options);
  }

  // As Unary, with `bool fast(CallContext&, const Request&, std::string& response_bytes)` in front.
  // It runs on the thread that serves the connection and must neither block nor compute for long.
  // True: `response_bytes` is the serialized Response. False: the handler is called as usual. Not
  // asked for requests above 64 KB.
  template <typename Request, typename Response, typename FastPath, typename Handler>
  void UnaryWithFastPath(std::string_view method, FastPath fast, Handler handler,
                         MethodOptions options = {}) {
    Method entry = Entry<Request, Response>(method, MethodType::kUnary, options);
    entry.unary = [handler = std::move(handler)](CallContext& context,
                                                 const Method::Message& request,
                                                 Method::Message& response) -> absl::Status {
      return handler(context, static_cast<const Request&>(request),
                     static_cast<Response&>(response));
    };
    if constexpr (!std::is_null_pointer_v<FastPath>) {
      entry.fast = [fast = std::move(fast)](CallContext& context, const Method::Message& request,
                                            std::string& response_bytes) -> bool {
        return fast(context, static_cast<const Request&>(request), response_bytes);
      };
    }
    Register(std::move(entry));
  }

  // Registers `absl::Status handler(CallContext&, const Request&, Writer<Response>&)`. A streaming
  // call holds one thread of the server's stream pool while it lasts; when all are taken a further
  // one is RESOURCE_EXHAUSTED with RetryInfo.
  template <typename Request, typename Response, typename Handler>
  void ServerStream(std::string_view method, Handler handler, MethodOptions options = {}) {
    Method entry = Entry<Request, Response>(method, MethodType::kServerStream, options);
    entry.stream = [handler = std::move(handler)](CallContext& context,
                                                  MessageStream& stream) -> absl::Status {
      Request request;
      if (!stream.Read(request)) return MissingRequest(stream);
      Writer<Response> writer(stream);
      return handler(context, static_cast<const Request&>(request), writer);
    };
    Register(std::move(entry));
  }

  // Registers `absl::Status handler(CallContext&, Reader<Request>&, Response&)`.
  template <typename Request, typename Response, typename Handler>
  void ClientStream(std::string_view method, Handler handler, MethodOptions options = {}) {
    Method entry = Entry<Request, Response>(method, MethodType::kClientStream, options);
    entry.stream = [handler = std::move(handler)](CallContext& context,
                                                  MessageStream& stream) -> absl::Status {
      Reader<Request> reader(stream);
      Response response;
      absl::Status status = handler(context, reader, response);
      if (status.ok()) stream.Write(response);
      return status;
    };
    Register(std::move(entry));
  }

  // Registers `absl::Status handler(CallContext&, Reader<Request>&, Writer<Response>&)`.
  template <typename Request, typename Response, typename Handler>
  void BidiStream(std::string_view method, Handler handler, MethodOptions options = {}) {
    Method entry = Entry<Request, Response>(method, MethodType::kBidiStream, options);
    entry.stream = [handler = std::move(handler)](CallContext& context,
                                                  MessageStream& stream) -> absl::Status {
      Reader<Request> reader(stream);
      Writer<Response> writer(stream);
      return handler(context, reader, writer);
    };
    Register(std::move(entry));
  }

 private:
  template <typename Request, typename Response>
  static Method Entry(std::string_view name, MethodType type, MethodOptions options) {
    Method method;
    method.name = std::string(name);
    method.type = type;
    method.options = options;
    method.request_prototype = &Request::default_instance();
    method.response_prototype = &Response::default_instance();
    return method;
  }

  static absl::Status MissingRequest(const MessageStream& stream);
  void Register(Method method);

  std::string full_name_;
  const google::protobuf::ServiceDescriptor* descriptor_;
  std::map<std::string, Method> methods_;
  absl::Status status_;
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_SERVICE_H_

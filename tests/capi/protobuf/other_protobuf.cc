// Stands for a protobuf of another version: every name of protobuf's is there and is something
// else. It calls itself by one of them, as a library does; whoever takes another of them for its
// own does not survive it.
#include <cstdlib>

namespace google {
namespace protobuf {

class MessageLite {
 public:
  bool ParseFromArray(const void* data, int size);
};

int used = 0;

bool MessageLite::ParseFromArray(const void*, int) {
  ++used;
  return true;
}

}  // namespace protobuf
}  // namespace google

extern "C" void not_this_protobuf() { std::abort(); }
asm(".include \"" NAMES "\"");

extern "C" int other_protobuf_works() {
  google::protobuf::MessageLite message;
  const int before = google::protobuf::used;
  return message.ParseFromArray(nullptr, 0) && google::protobuf::used == before + 1 ? 1 : 0;
}

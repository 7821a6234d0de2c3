// Stands for a protobuf of another version: a symbol of the same name that does something else. It
// calls itself by that name, as a library does.
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

extern "C" int other_protobuf_works() {
  google::protobuf::MessageLite message;
  const int before = google::protobuf::used;
  return message.ParseFromArray(nullptr, 0) && google::protobuf::used == before + 1 ? 1 : 0;
}

// A program with its own protobuf, linked statically and visible to every library of the process.
#include <google/protobuf/struct.pb.h>

#include <cstring>
#include <iostream>
#include <string>

#include "ringfence.h"

namespace {

bool own_protobuf_works() {
  google::protobuf::Struct in;
  google::protobuf::Struct out;
  (*in.mutable_fields())["to"].set_string_value("Ann");
  for (int i = 0; i < 100; ++i)
    (*in.mutable_fields())["list"].mutable_list_value()->add_values()->set_number_value(i);
  std::string text;
  return in.SerializeToString(&text) && out.ParseFromString(text) &&
         out.fields().at("to").string_value() == "Ann" &&
         out.fields().at("list").list_value().values_size() == 100 &&
         out.GetDescriptor()->full_name() == "google.protobuf.Struct";
}

bool ringfence_works() {
  ringfence_address address = {};
  address.struct_size = sizeof address;
  const ringfence_address_input typed = {ringfence_str("139 1234 3672"), ringfence_str("CN")};
  return ringfence_phone_parse({}, &typed, &address, nullptr) == RINGFENCE_OK &&
         std::strcmp(address.text, "+8613912343672") == 0;
}

}  // namespace

int main() {
  for (int i = 0; i < 3; ++i) {
    if (!own_protobuf_works() || !ringfence_works()) {
      std::cerr << "in round " << i << " one of them does not work\n";
      return 1;
    }
  }
  return 0;
}

#include <ringfence/ringfence.h>

#include <iostream>

int main() { std::cout << RINGFENCE_VERSION_STRING << '\n'; }

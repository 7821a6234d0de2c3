# What ringfence's own code is compiled with. Linked inside this build only, never exported.
add_library(ringfence_warnings INTERFACE)
target_compile_options(ringfence_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${RINGFENCE_WERROR}>:-Werror>)

# What the libraries need here; ringfenceConfig.cmake.in repeats what a user of the static libraries must link.
find_package(Boost 1.74 REQUIRED CONFIG COMPONENTS regex)
find_package(PkgConfig REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Threads REQUIRED)
find_package(nlohmann_json 3 REQUIRED CONFIG)
find_package(ringfence_phonenumber REQUIRED MODULE)
pkg_check_modules(ringfence_idn2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(ringfence_sodium REQUIRED IMPORTED_TARGET libsodium)

# Debian's packages: libringfence1 has what a program needs to run and is named by the binary interface, so that two of them
# can be installed at once; libringfence-dev has the rest.
if(NOT TARGET ringfence_c)
  message(FATAL_ERROR "RINGFENCE_DEBIAN needs RINGFENCE_C: libringfence1 is the shared library")
endif()
get_target_property(abi ringfence_c SOVERSION)
set(runtime_package libringfence${abi})
set(dev_package libringfence-dev)

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${RINGFENCE_PACKAGE_CONTACT}")
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# A program that is built against the library depends on the version it was built with, or a newer one.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
# Each package depends on the packages of the libraries that its own need, but for ours, which is named below.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
get_target_property(library_folder ringfence_c BINARY_DIR)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${library_folder}")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${runtime_package})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
  "The shared library of ringfence with its C interface, which keeps which phone
and which email an account may verify with and log in with, and changes them
safely. Programs link it; it brings no server and no threads.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME ${dev_package})
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
# The static libraries bring nothing of what they need.
string(JOIN ", " CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "${runtime_package} (= ${PROJECT_VERSION})" "libboost-dev (>= 1.74)" "libboost-regex-dev (>= 1.74)" libcurl4-openssl-dev libidn2-dev
  libphonenumber-dev libpq-dev libsodium-dev libsqlite3-dev libunistring-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "libgmock-dev, cmake, pkg-config")
set(CPACK_COMPONENT_DEV_DESCRIPTION
  "Headers of ringfence for C and C++, static libraries, what find_package and
pkg-config read, and the contract of stores as tests.")

# ---- The papers of each package --------------------------------------------------------------------------------------

find_program(GZIP gzip REQUIRED)
mark_as_advanced(GZIP)
# Of SOURCE_DATE_EPOCH, if it is set.
string(TIMESTAMP year "%Y" UTC)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(papers "${PROJECT_BINARY_DIR}/debian")
configure_file(packaging/debian/copyright.in "${papers}/copyright" @ONLY)
configure_file(packaging/debian/changelog.in "${papers}/changelog" @ONLY)
execute_process(COMMAND "${GZIP}" -9nf "${papers}/changelog" COMMAND_ERROR_IS_FATAL ANY)
foreach(package ${runtime_package} ${dev_package})
  set(component runtime)
  if(package STREQUAL dev_package)
    set(component dev)
  endif()
  install(FILES "${papers}/copyright" "${papers}/changelog.gz"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}" COMPONENT ${component})
endforeach()

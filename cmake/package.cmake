# What CPack makes of an installation: one archive that can be unpacked anywhere, or Debian's packages of the components
# (RINGFENCE_DEBIAN). `./dev package` makes both, and the wheel.
set(RINGFENCE_PACKAGE_CONTACT "ringfence <ringfence@packages.invalid>"
  CACHE STRING "Who answers for the packages: whoever publishes them puts a name and an address here")
mark_as_advanced(RINGFENCE_PACKAGE_CONTACT)

set(CPACK_PACKAGE_NAME ringfence)
set(CPACK_PACKAGE_VENDOR ringfence)
set(CPACK_PACKAGE_CONTACT "${RINGFENCE_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "which phone and email an account may verify and log in with")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
string(TOLOWER "${CMAKE_SYSTEM_NAME}" system)
set(CPACK_PACKAGE_FILE_NAME "ringfence-${PROJECT_VERSION}-${system}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_GENERATOR TGZ)

if(RINGFENCE_DEBIAN)
  include("${CMAKE_CURRENT_LIST_DIR}/debian.cmake")
endif()
include(CPack)

# The notices of third parties and the bill of materials, read from the libraries that were built.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(bill_dir "${PROJECT_BINARY_DIR}/bill_of_materials")
set(bill_libraries)
foreach(target ringfence_c ringfence_c_phone ringfence_c_testing)
  if(TARGET ${target})
    list(APPEND bill_libraries ${target})
  endif()
endforeach()
if(NOT bill_libraries)
  message(FATAL_ERROR "RINGFENCE_BILL_OF_MATERIALS needs RINGFENCE_C: it is read from the shared libraries")
endif()
list(TRANSFORM bill_libraries REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE bill_files)
add_custom_command(
  OUTPUT "${bill_dir}/ringfence.spdx.json" "${bill_dir}/THIRD-PARTY-NOTICES.txt"
  COMMAND "${CMAKE_COMMAND}" -E env "CXX=${CMAKE_CXX_COMPILER}"
    "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/packaging/bill_of_materials.py"
    --version ${PROJECT_VERSION} --output "${bill_dir}" ${bill_files}
  DEPENDS ${bill_libraries} "${PROJECT_SOURCE_DIR}/packaging/bill_of_materials.py"
  COMMENT "Writing the bill of materials"
  VERBATIM)
add_custom_target(ringfence_bill_of_materials ALL
  DEPENDS "${bill_dir}/ringfence.spdx.json" "${bill_dir}/THIRD-PARTY-NOTICES.txt")
install(FILES "${bill_dir}/ringfence.spdx.json" "${bill_dir}/THIRD-PARTY-NOTICES.txt"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT runtime)

# An image that takes signed models only: -DVOX_PUBLIC_KEY=KEY.pub.pem (`vox-embed keys new`). Included by
# firmware/CMakeLists.txt. Sources of Monocypher and Mbed TLS: MONOCYPHER_PATH and MBEDTLS_PATH, or `vox-embed fetch monocypher mbedtls`.
set(fetched $ENV{HOME}/.cache/vox-embed/src)
set(monocypher "$ENV{MONOCYPHER_PATH}")
if(NOT monocypher)
  set(monocypher ${fetched}/monocypher)
endif()
set(mbedtls "$ENV{MBEDTLS_PATH}")
if(NOT mbedtls)
  set(mbedtls ${fetched}/mbedtls)
endif()
foreach(file ${monocypher}/monocypher.c ${mbedtls}/library/sha512.c)
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "VOX_PUBLIC_KEY needs ${file}: run `vox-embed fetch monocypher mbedtls`, or set MONOCYPHER_PATH and MBEDTLS_PATH")
  endif()
endforeach()
find_package(Python3 REQUIRED COMPONENTS Interpreter)
get_filename_component(public_key "${VOX_PUBLIC_KEY}" ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
set(key_source ${CMAKE_CURRENT_BINARY_DIR}/public_key.c)
add_custom_command(
  OUTPUT ${key_source}
  COMMAND ${Python3_EXECUTABLE} ${VOX_BOARDS_DIR}/cmake/public_key.py ${public_key} ${key_source}
  DEPENDS ${public_key} ${VOX_BOARDS_DIR}/cmake/public_key.py
  COMMENT "The public key ${public_key}"
  VERBATIM)
set(foreign ${monocypher}/monocypher.c ${mbedtls}/library/sha512.c)
set_source_files_properties(${foreign} PROPERTIES COMPILE_OPTIONS "-w;-Os")
target_sources(firmware PRIVATE signing/signature_ed25519.c ${key_source} ${foreign})
target_include_directories(firmware PRIVATE signing)
target_include_directories(firmware SYSTEM PRIVATE ${monocypher} ${mbedtls}/include ${mbedtls}/library)
target_compile_definitions(firmware PRIVATE MBEDTLS_CONFIG_FILE="${CMAKE_CURRENT_SOURCE_DIR}/signing/mbedtls_config.h")

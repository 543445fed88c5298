# For boards with `sdk: pico`: finds pico-sdk. Included before project(), as pico-sdk brings its own toolchain file.
#   1. PICO_SDK_PATH, from -D or the environment, as pico-sdk's own projects take it;
#   2. with PICO_SDK_FETCH_FROM_GIT: a git clone of the release below;
#   3. the folder that `vox-embed fetch pico-sdk` fills.
include(${CMAKE_CURRENT_LIST_DIR}/board.cmake)
set(vox_sdk "")
if(DEFINED VOX_BOARD AND NOT SKBUILD)
  vox_board_value(sdk "" vox_sdk)
endif()
if(vox_sdk STREQUAL "pico")
  set(vox_pico_release 2.1.1)
  set(vox_fetched "$ENV{HOME}/.cache/vox-embed/src")
  foreach(name PICO_SDK_PATH PICO_TINYUSB_PATH PICO_SDK_FETCH_FROM_GIT)
    if(NOT ${name} AND DEFINED ENV{${name}})
      set(${name} "$ENV{${name}}")
    endif()
  endforeach()
  if(NOT PICO_SDK_PATH AND PICO_SDK_FETCH_FROM_GIT)
    include(FetchContent)
    FetchContent_Declare(
      pico_sdk
      GIT_REPOSITORY https://github.com/raspberrypi/pico-sdk
      GIT_TAG ${vox_pico_release}
      GIT_SHALLOW ON
      GIT_SUBMODULES lib/tinyusb)
    FetchContent_GetProperties(pico_sdk)
    if(NOT pico_sdk_POPULATED)
      FetchContent_Populate(pico_sdk)
    endif()
    set(PICO_SDK_PATH ${pico_sdk_SOURCE_DIR})
  elseif(NOT PICO_SDK_PATH AND EXISTS ${vox_fetched}/pico-sdk/pico_sdk_init.cmake)
    set(PICO_SDK_PATH ${vox_fetched}/pico-sdk)
  endif()
  if(NOT EXISTS "${PICO_SDK_PATH}/pico_sdk_init.cmake")
    message(FATAL_ERROR "pico-sdk was not found (PICO_SDK_PATH='${PICO_SDK_PATH}'). Run `vox-embed fetch pico-sdk`, "
                        "or set PICO_SDK_PATH, or give -DPICO_SDK_FETCH_FROM_GIT=ON")
  endif()
  if(NOT PICO_TINYUSB_PATH AND NOT EXISTS ${PICO_SDK_PATH}/lib/tinyusb/src/tusb.c)
    set(PICO_TINYUSB_PATH ${vox_fetched}/tinyusb)
    if(NOT EXISTS ${PICO_TINYUSB_PATH}/src/tusb.c)
      message(FATAL_ERROR "TinyUSB was not found: run `vox-embed fetch pico-sdk`, or `git submodule update --init lib/tinyusb` "
                          "in ${PICO_SDK_PATH}, or set PICO_TINYUSB_PATH")
    endif()
  endif()
  vox_board_value(pico_board pico PICO_BOARD)
  set(PICO_NO_PICOTOOL 1) # the UF2 is written by uf2.py
  include(${PICO_SDK_PATH}/pico_sdk_init.cmake)
endif()
